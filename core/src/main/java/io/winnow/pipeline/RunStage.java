package io.winnow.pipeline;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** One stage of one run. */
interface RunStage {
  /** Which one. */
  StageId id();

  /**
   * Does what has to hold at its turn whether it is up to date or not; asked before {@link
   * #inputs}.
   */
  default void prepare() {}

  /** Name to hash of everything that decides its outcome. Earlier stages are done by then. */
  Map<String, String> inputs();

  /** Files and folders inside the run's folder that it leaves. */
  List<Path> outputs();

  /** Does its work, or goes on from what an interrupted attempt left. */
  StageOutcome run();

  /** Removes what an attempt with other inputs left behind. */
  void discard();

  /**
   * The same, for a stage that tells by itself which of its outputs belong to its inputs: those may
   * stay for {@link #run} to look at.
   *
   * @param unchanged whether an output stands just as an earlier attempt left it
   */
  default void discard(Predicate<Path> unchanged) {
    discard();
  }
}
