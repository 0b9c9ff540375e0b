package io.winnow.compare;

import io.winnow.files.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What stands on one side: runs of one recipe that differ in their seed.
 *
 * @param path as it was given
 * @param runs by seed
 */
record Side(Path path, NavigableMap<Long, SeedRun> runs) {

  /**
   * Reads a run's folder, or those inside a folder.
   *
   * @throws IllegalArgumentException when there is none, one is not finished, two have the same
   *     seed, or their recipes differ in more than the seed
   */
  static Side read(Path path) {
    return of(path, folders(path));
  }

  /**
   * Reads some runs inside a folder.
   *
   * @param folders of runs, at least one
   * @throws IllegalArgumentException likewise
   */
  static Side of(Path path, List<Path> folders) {
    NavigableMap<Long, SeedRun> runs = new TreeMap<>();
    for (Path folder : folders) {
      SeedRun run = SeedRun.read(folder);
      SeedRun other = runs.put(run.seed(), run);
      if (other != null) {
        throw new IllegalArgumentException(
            "%s: %s and %s both have seed %d; expected one run for each seed. Move one away."
                .formatted(path, other.folder().getFileName(), folder.getFileName(), run.seed()));
      }
    }
    SeedRun first = runs.firstEntry().getValue();
    runs.values().forEach(run -> requireSameRecipe(path, first, run));
    return new Side(path, runs);
  }

  private static void requireSameRecipe(Path path, SeedRun first, SeedRun run) {
    List<Difference> found = Difference.ofCell(first.recipe(), run.recipe());
    if (!found.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: %s and %s differ in %s; expected runs of one recipe, apart from their seeds. Give the folder of one cell."
              .formatted(
                  path,
                  first.folder().getFileName(),
                  run.folder().getFileName(),
                  found.get(0).text()));
    }
  }

  private static List<Path> folders(Path path) {
    if (!Files.isDirectory(path)) {
      throw new IllegalArgumentException(
          path
              + (Files.exists(path) ? ": a file" : ": no such folder")
              + "; expected a run's folder, or one that holds runs of several seeds.");
    }
    if (SeedRun.isRun(path)) {
      return List.of(path);
    }
    List<Path> inside = inside(path);
    List<Path> runs = inside.stream().filter(SeedRun::isRun).toList();
    if (runs.isEmpty()) {
      boolean deeper = inside.stream().flatMap(p -> inside(p).stream()).anyMatch(SeedRun::isRun);
      throw new IllegalArgumentException(
          path
              + ": no run in it (no run.json)"
              + "; expected a run's folder, or one that holds runs of several seeds."
              + (deeper ? " The folders in it hold runs: give one of them." : ""));
    }
    return runs;
  }

  private static List<Path> inside(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      throw FileFailure.unreadable(folder, e);
    }
  }

  /**
   * Refuses a run that stands on both sides.
   *
   * @throws IllegalArgumentException naming it
   */
  static void requireApart(Side a, Side b) {
    Set<Path> ofA = Set.copyOf(a.runs.values().stream().map(Side::real).toList());
    b.runs.values().stream()
        .filter(run -> ofA.contains(real(run)))
        .findFirst()
        .ifPresent(
            run -> {
              throw new IllegalArgumentException(
                  "%s and %s: %s is on both sides; expected different runs."
                      .formatted(a.path, b.path, run.folder()));
            });
  }

  private static Path real(SeedRun run) {
    try {
      return run.folder().toRealPath();
    } catch (IOException e) {
      throw FileFailure.unreadable(run.folder(), e);
    }
  }

  /** The runs of both sides. */
  List<SeedRun> and(Side other) {
    return Stream.concat(runs.values().stream(), other.runs.values().stream()).toList();
  }

  /** The run of a seed that is there. */
  SeedRun of(long seed) {
    return Objects.requireNonNull(runs.get(seed));
  }
}
