package io.winnow.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class YamlKeysTest {
  @TempDir Path folder;

  private Map<String, String> read(String yaml) throws Exception {
    return YamlKeys.read(Files.writeString(folder.resolve("x.yaml"), yaml));
  }

  @Test
  void keys_areDottedPaths_inTheirOrder_withValuesAsWritten() throws Exception {
    assertThat(read("b: 1e-3\na:\n  c: {d: \"x y\", e: null}\n  f: [1, {g: 2}]\n  h: {}\n"))
        .containsExactly(
            Map.entry("b", "1e-3"),
            Map.entry("a.c.d", "x y"),
            Map.entry("a.c.e", "null"),
            Map.entry("a.f", "[1, {g: 2}]"),
            Map.entry("a.h", "{}"));
  }

  @Test
  void whatIsNoYaml_isRefused_withItsLine() {
    assertThatThrownBy(() -> read("a: [1\nb: 2\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("x.yaml:");
    assertThatThrownBy(() -> YamlKeys.read(folder.resolve("absent.yaml")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("absent.yaml");
  }
}
