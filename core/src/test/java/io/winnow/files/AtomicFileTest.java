package io.winnow.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  private static void full() throws IOException {
    throw new IOException("No space left on device");
  }

  private long files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.count();
    }
  }

  @Test
  void file_onAFullDisk_staysAsItWas_andTheMessageSaysWhatHelps() throws IOException {
    Path file = folder.resolve("run.json");
    AtomicFile.writeString(file, "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write('n');
                      full();
                    }))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith(file + ": could not be written (No space left on device)")
        .hasMessageContaining("Free some space and give the same command again");
    assertThat(file).hasContent("old");
    assertThat(files()).isEqualTo(1);
  }

  @Test
  void folder_onAFullDisk_staysAsItWas() throws IOException {
    Path model = folder.resolve("model");
    AtomicFolder.write(model, at -> Files.writeString(at.resolve("config.json"), "old"));
    assertThatThrownBy(
            () ->
                AtomicFolder.write(
                    model,
                    at -> {
                      Files.writeString(at.resolve("config.json"), "new");
                      full();
                    }))
        .hasMessageContaining("Free some space");
    assertThat(model.resolve("config.json")).hasContent("old");
    assertThat(files()).isEqualTo(1);
  }

  @Test
  void place_thatCannotBeWritten_isNamed() throws IOException {
    Files.writeString(folder.resolve("file"), "x");
    Path below = folder.resolve("file/inside.json");
    assertThatThrownBy(() -> AtomicFile.writeString(below, "x"))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith(below + ": could not be written (");
  }
}
