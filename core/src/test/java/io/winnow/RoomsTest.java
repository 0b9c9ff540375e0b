package io.winnow;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toSet;
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
 * Keeps the package map of ARCHITECTURE.md: imports point down, no cycles of packages or of the
 * files in one, native scopes in one room.
 */
class RoomsTest {
  /** Both modules; the tests run in one of them. */
  private static final List<Path> SOURCES =
      List.of(
          Path.of("../core/src/main/java/io/winnow"), Path.of("../cli/src/main/java/io/winnow"));

  /** Rooms of the module {@code cli}; all others are in {@code core}. */
  private static final Set<String> CLI_ROOMS = Set.of("cli", "report");

  /** The rooms by layer, from the bottom; those of one layer may share a line. */
  private static final List<List<String>> LAYERS =
      List.of(
          List.of("files", "task"),
          List.of("tensor", "weights", "config"),
          List.of("diffusion", "nn", "optim", "data", "artifact", "eval", "forecast"),
          List.of("prune", "model"),
          List.of("train", "encode"),
          List.of("evaluate", "reweight", "compare"),
          List.of("pipeline", "report"),
          List.of("sweep"),
          List.of("cli"));

  /** Imports within a layer: from the first to the second. */
  private static final Set<String> BESIDE =
      Set.of("weights tensor", "weights config", "data artifact");

  private static final Set<String> LAYER_0 = Set.of("files", "task");

  private static final List<String> LAYER_1 = List.of("tensor", "weights", "config");

  /** What each room may import, beside itself and layer 0. */
  private static final Map<String, Set<String>> ALLOWED =
      Map.ofEntries(
          Map.entry("files", Set.of()),
          Map.entry("task", Set.of()),
          Map.entry("tensor", Set.of()),
          Map.entry("weights", Set.of("tensor", "config")),
          Map.entry("config", Set.of()),
          Map.entry("artifact", with()),
          Map.entry("diffusion", with()),
          Map.entry("nn", with()),
          Map.entry("optim", with()),
          Map.entry("eval", with()),
          Map.entry("forecast", with()),
          Map.entry("data", with("artifact")),
          Map.entry("prune", with("artifact", "eval")),
          Map.entry("model", with("nn", "diffusion")),
          Map.entry("train", with("diffusion", "optim", "data", "artifact")),
          Map.entry("encode", with("model", "diffusion", "optim", "data", "artifact")),
          Map.entry("reweight", with("train", "diffusion", "data", "artifact")),
          Map.entry("evaluate", with("encode", "eval", "data", "artifact")),
          Map.entry("report", Set.of("artifact", "compare", "config")),
          Map.entry("compare", Set.of("artifact", "config")),
          Map.entry(
              "pipeline",
              with(
                  "artifact",
                  "diffusion",
                  "data",
                  "prune",
                  "model",
                  "train",
                  "encode",
                  "reweight",
                  "evaluate",
                  "forecast")),
          Map.entry("sweep", with("artifact", "data", "forecast", "compare", "pipeline")),
          Map.entry(
              "cli",
              with(
                  "artifact",
                  "diffusion",
                  "data",
                  "prune",
                  "model",
                  "encode",
                  "evaluate",
                  "compare",
                  "forecast",
                  "pipeline",
                  "report",
                  "sweep")));

  /** A type that stands in no other one. */
  private static final Pattern TYPE =
      Pattern.compile(
          "(?m)^(?:(?:public|final|abstract|sealed|non-sealed) )*"
              + "(?:class|interface|record|enum|@interface) (\\w+)");

  /** The types that a sealed one permits. */
  private static final Pattern PERMITS = Pattern.compile("\\bpermits [\\w.,\\s]*\\{");

  /** A name that does not go on another one. */
  private static final Pattern NAME = Pattern.compile("(?<![.\\w])[A-Z]\\w*");

  private static final Pattern REFERENCE = Pattern.compile("\\bio\\.winnow\\.(\\w+)");

  /** Package, outermost type and, where the import goes on, last name. */
  private static final Pattern IMPORT =
      Pattern.compile("(?m)^import (?:static )?((?:[a-z]\\w*\\.)+)([A-Z]\\w*)(?:\\.(\\w+))*;");

  @Test
  void imports_ofEveryRoom_pointDown() {
    List<String> forbidden = new ArrayList<>();
    sources()
        .forEach(
            file -> {
              String room = room(file);
              assertThat(ALLOWED).as("room of %s", file).containsKey(room);
              for (String other : references(file)) {
                if (!allowed(room, other)) {
                  forbidden.add(file + " imports " + other);
                }
              }
            });
    assertThat(forbidden).isEmpty();
  }

  @Test
  void rooms_areIn_theirModule() {
    assertThat(
            sources().filter(f -> CLI_ROOMS.contains(room(f)) != f.startsWith(Path.of("../cli"))))
        .isEmpty();
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
    untangle(graph);
    assertThat(graph).as("packages on a cycle").isEmpty();
  }

  @Test
  void files_ofOnePackage_haveNoCycle() {
    Map<String, List<Path>> packages =
        sources().collect(groupingBy(RoomsTest::packageOf, TreeMap::new, toList()));
    Map<String, Set<String>> knots = new TreeMap<>();
    packages.forEach(
        (name, files) -> {
          Map<String, Set<String>> graph = fileGraph(name, files);
          untangle(graph);
          if (!graph.isEmpty()) {
            knots.put(name, graph.keySet());
          }
        });
    assertThat(knots).as("files on a cycle, or between two, by package").isEmpty();
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

  /** The engine's own are wrong on some processors: {@code tensor.Convolutions} knows where. */
  @Test
  void conv2d_isUsedIn_tensorOnly() {
    assertThat(
            sources()
                .filter(f -> text(f).contains("torch.conv2d("))
                .map(f -> f.getFileName().toString()))
        .containsExactly("Convolutions.java");
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
            "(?m)^((?:@\\w+(?:\\([^)]*\\))?(?:[ \\t]*//[^\\n"
                + "]*)?\\s+)*)public (?:(?:final|abstract|sealed|non-sealed|static)"
                + " )*(?:class|interface|record|enum|@interface) (\\w+)");
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

  /** Takes away what leads to no cycle or comes from none. */
  private static void untangle(Map<String, Set<String>> graph) {
    int before;
    do {
      before = graph.size();
      graph.keySet().retainAll(graph.values().stream().flatMap(Set::stream).collect(toSet()));
      graph.values().forEach(targets -> targets.retainAll(graph.keySet()));
      graph.values().removeIf(Set::isEmpty);
    } while (graph.size() < before);
  }

  /**
   * Which file of a package names a type of which other one. That a sealed type names the types
   * that it permits is left out: the language wants it, and they name it.
   */
  private static Map<String, Set<String>> fileGraph(String packageName, List<Path> files) {
    Map<String, String> homes = new TreeMap<>();
    files.forEach(file -> types(file).forEach(type -> homes.put(type, simpleName(file))));
    Map<String, Set<String>> graph = new TreeMap<>();
    for (Path file : files) {
      Set<String> targets = new TreeSet<>();
      ownNames(packageName, file).stream()
          .filter(homes::containsKey)
          .forEach(name -> targets.add(homes.get(name)));
      targets.remove(simpleName(file));
      graph.put(simpleName(file), targets);
    }
    return graph;
  }

  private static List<String> types(Path file) {
    return TYPE.matcher(code(file)).results().map(m -> m.group(1)).toList();
  }

  /** The simple names in a file that are not those of an import from elsewhere. */
  private static Set<String> ownNames(String packageName, Path file) {
    String code = PERMITS.matcher(code(file)).replaceAll("{");
    Set<String> names = new TreeSet<>();
    Set<String> foreign = new TreeSet<>();
    Matcher imported = IMPORT.matcher(code);
    while (imported.find()) {
      boolean own = imported.group(1).equals("io.winnow." + packageName + ".");
      String inside = imported.group(3) == null ? imported.group(2) : imported.group(3);
      (own ? names : foreign).add(own ? imported.group(2) : inside);
    }
    NAME.matcher(IMPORT.matcher(code).replaceAll("")).results().forEach(m -> names.add(m.group()));
    names.removeAll(foreign);
    return names;
  }

  private static String simpleName(Path file) {
    return file.getFileName().toString().replace(".java", "");
  }

  private static Set<String> with(String... rooms) {
    Set<String> all = new TreeSet<>(LAYER_1);
    all.addAll(List.of(rooms));
    return all;
  }

  private static boolean allowed(String room, String other) {
    boolean known = ALLOWED.get(room).contains(other) || LAYER_0.contains(other);
    boolean down = layer(other) < layer(room) || BESIDE.contains(room + " " + other);
    return other.equals(room) || (known && down);
  }

  private static int layer(String room) {
    for (int i = 0; i < LAYERS.size(); i++) {
      if (LAYERS.get(i).contains(room)) {
        return i;
      }
    }
    return -1;
  }

  private static Stream<Path> sources() {
    List<Path> files = new ArrayList<>();
    for (Path sources : SOURCES) {
      try (Stream<Path> walk = Files.walk(sources)) {
        walk.filter(f -> f.toString().endsWith(".java")).sorted().forEach(files::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return files.stream();
  }

  private static String room(Path file) {
    return relative(file).getName(0).toString();
  }

  private static String packageOf(Path file) {
    return relative(file.getParent()).toString().replace('/', '.').replace('\\', '.');
  }

  /** Below {@code io.winnow}. */
  private static Path relative(Path path) {
    Path sources = SOURCES.stream().filter(path::startsWith).findFirst().orElseThrow();
    return sources.relativize(path);
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
