package io.winnow;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Keeps the package map of ARCHITECTURE.md: imports point down, no cycles, native scopes in one
 * room.
 */
class RoomsTest {
  private static final Path SOURCES = Path.of("src/main/java/io/winnow");

  private static final List<String> LAYER_1 = List.of("tensor", "weights", "config");

  /** What each room may import, beside {@code files} and itself. */
  private static final Map<String, Set<String>> ALLOWED =
      Map.ofEntries(
          Map.entry("files", Set.of()),
          Map.entry("tensor", Set.of()),
          Map.entry("weights", Set.of("tensor")),
          Map.entry("config", Set.of()),
          Map.entry("artifact", with()),
          Map.entry("diffusion", with()),
          Map.entry("nn", with()),
          Map.entry("data", with("artifact")),
          Map.entry("prune", with("artifact")),
          Map.entry("model", with("nn", "diffusion")),
          Map.entry("train", with("diffusion", "data", "artifact")),
          Map.entry("encode", with("model", "diffusion", "data", "artifact")),
          Map.entry("reweight", with("train", "diffusion", "data", "artifact")),
          Map.entry("eval", with("encode", "artifact", "data")),
          Map.entry("report", Set.of("artifact", "config")),
          Map.entry(
              "pipeline",
              with(
                  "artifact",
                  "diffusion",
                  "nn",
                  "data",
                  "prune",
                  "model",
                  "train",
                  "encode",
                  "reweight",
                  "eval")),
          Map.entry(
              "cli",
              with(
                  "artifact",
                  "diffusion",
                  "nn",
                  "data",
                  "prune",
                  "model",
                  "train",
                  "encode",
                  "reweight",
                  "eval",
                  "pipeline",
                  "report")));

  private static final Pattern REFERENCE = Pattern.compile("\\bio\\.winnow\\.(\\w+)");

  @Test
  void imports_ofEveryRoom_pointDown() {
    List<String> forbidden = new ArrayList<>();
    sources()
        .forEach(
            file -> {
              String room = room(file);
              assertThat(ALLOWED).as("room of %s", file).containsKey(room);
              for (String other : references(file)) {
                boolean allowed =
                    other.equals(room)
                        || ALLOWED.get(room).contains(other)
                        || other.equals("files");
                if (!allowed) {
                  forbidden.add(file + " imports " + other);
                }
              }
            });
    assertThat(forbidden).isEmpty();
  }

  @Test
  void packages_withinARoomToo_haveNoCycle() {
    Map<String, Set<String>> graph = new TreeMap<>();
    sources()
        .forEach(
            file ->
                graph
                    .computeIfAbsent(packageOf(file), p -> new TreeSet<>())
                    .addAll(importedPackages(file)));
    graph.forEach((name, targets) -> targets.remove(name));
    while (graph.values().removeIf(Set::isEmpty)) {
      graph.values().forEach(targets -> targets.removeIf(target -> !graph.containsKey(target)));
    }
    assertThat(graph).as("packages on a cycle").isEmpty();
  }

  @Test
  void pointerScope_isUsedIn_tensorOnly() {
    Set<String> rooms =
        sources()
            .filter(f -> text(f).contains("PointerScope"))
            .map(RoomsTest::room)
            .collect(toCollection(() -> new TreeSet<String>()));
    assertThat(rooms).containsExactly("tensor");
  }

  @Test
  void console_andExit_areUsedIn_cliOnly() {
    Pattern console = Pattern.compile("System\\.(out|err|exit)\\b");
    assertThat(
            sources()
                .filter(f -> !room(f).equals("cli"))
                .filter(f -> console.matcher(code(f)).find()))
        .isEmpty();
  }

  @Test
  void everyPackage_hasPackageInfo() {
    Set<Path> folders = sources().map(Path::getParent).collect(toCollection(TreeSet::new));
    assertThat(folders)
        .isNotEmpty()
        .allSatisfy(folder -> assertThat(folder.resolve("package-info.java")).exists());
  }

  @Test
  void everyPublicType_isDocumented() {
    Pattern type =
        Pattern.compile(
            "(?m)^((?:@\\w+(?:\\([^)]*\\))?(?:[ \\t]*//[^\\n]*)?\\s+)*)public (?:(?:final|abstract|sealed|non-sealed|static) )*(?:class|interface|record|enum|@interface) (\\w+)");
    List<String> undocumented = new ArrayList<>();
    sources()
        .forEach(
            file -> {
              Matcher m = type.matcher(text(file));
              while (m.find()) {
                if (!text(file).substring(0, m.start()).stripTrailing().endsWith("*/")) {
                  undocumented.add(file + ": " + m.group(2));
                }
              }
            });
    assertThat(undocumented).isEmpty();
  }

  private static Set<String> with(String... rooms) {
    Set<String> all = new TreeSet<>(LAYER_1);
    all.addAll(List.of(rooms));
    return all;
  }

  private static Stream<Path> sources() {
    try (Stream<Path> walk = Files.walk(SOURCES)) {
      return walk.filter(f -> f.toString().endsWith(".java")).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String room(Path file) {
    return SOURCES.relativize(file).getName(0).toString();
  }

  private static String packageOf(Path file) {
    return SOURCES.relativize(file.getParent()).toString().replace('/', '.').replace('\\', '.');
  }

  private static Set<String> references(Path file) {
    return REFERENCE
        .matcher(code(file))
        .results()
        .map(m -> m.group(1))
        .collect(toCollection(() -> new TreeSet<String>()));
  }

  private static Set<String> importedPackages(Path file) {
    Matcher m =
        Pattern.compile("(?m)^import (?:static )?io\\.winnow\\.([a-z0-9.]+?)\\.[A-Z]")
            .matcher(text(file));
    Set<String> packages = new TreeSet<>();
    while (m.find()) {
      packages.add(m.group(1));
    }
    return packages;
  }

  /** The source without comments and string literals, so that prose may name any room. */
  private static String code(Path file) {
    return text(file)
        .replaceAll("(?s)/\\*.*?\\*/", "")
        .replaceAll("\"(\\\\.|[^\"\\\\\\n])*\"", "\"\"")
        .replaceAll("//[^\\n]*", "");
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
