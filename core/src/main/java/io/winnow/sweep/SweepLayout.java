package io.winnow.sweep;

import io.winnow.artifact.RunLayout;
import java.nio.file.Path;

/** Where the files of a sweep are; the one list of their names ({@code docs/formats.md}). */
public record SweepLayout(Path folder) {
  /** The sweep file with every default written out. */
  Path sweep() {
    return folder.resolve("sweep.yaml");
  }

  /** What all runs share. */
  public Path store() {
    return folder.resolve("store");
  }

  /** The folder of a cell, with its runs by seed. */
  Path cell(String label) {
    return folder.resolve("runs").resolve(label);
  }

  /** A run's folder. */
  public RunLayout run(SweepRun run) {
    return new RunLayout(cell(run.cell()).resolve(Long.toString(run.seed())));
  }

  /** Why a run ended without being done: its reason, and the trace where it is a defect. */
  Path failure(SweepRun run) {
    return cell(run.cell()).resolve(run.seed() + ".failed.txt");
  }

  /** What the process says that works beside others, of {@code --jobs}. */
  public Path log(int worker) {
    return folder.resolve("logs").resolve("worker-" + worker + ".txt");
  }

  /** Held while a process works on the sweep. */
  Path lock() {
    return folder.resolve(".lock");
  }

  /** Held by every process that works on a run. */
  Path workers() {
    return folder.resolve(".workers.lock");
  }
}
