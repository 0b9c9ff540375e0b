package io.winnow.task;

/**
 * What long work tells: tasks with a known amount of work, one at a time, and single lines. Calls
 * come one after the other, not always from the same thread.
 */
public interface Progress {
  /** Hears nothing. */
  Progress SILENT =
      new Progress() {
        @Override
        public void begin(String task, String unit, long total, long done) {}

        @Override
        public void step(long done, String note) {}

        @Override
        public void end() {}

        @Override
        public void note(String line) {}
      };

  /**
   * A task begins; the same task again where it turns out that a part was done before.
   *
   * @param task its name, for example {@code "train"}
   * @param unit what is counted, for example {@code "images"}
   * @param total how many in all
   * @param done how many were done before, in an earlier run of the same command
   */
  void begin(String task, String unit, long total, long done);

  /**
   * The task went on.
   *
   * @param done how many are done in all
   * @param note the numbers of the moment, for example {@code "epoch 3 loss 0.081"}; may be empty
   */
  void step(long done, String note);

  /** The task is over, done or not. */
  void end();

  /** One line for the user: a stage that is up to date, a warning, what a stage found. */
  void note(String line);
}
