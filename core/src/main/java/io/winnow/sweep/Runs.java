package io.winnow.sweep;

import io.winnow.config.OrNull;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;

/** Does runs of a sweep, one at a time: in this process or in another one. */
public interface Runs {
  /**
   * Does a run, or goes on with it.
   *
   * @return why it failed, in one line; null when it is done
   * @throws Interrupted when a stop was requested; the same call goes on
   */
  @OrNull
  String run(SweepRun run, Progress progress);
}
