package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.files.ContentHash;
import io.winnow.task.Interrupted;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** A run that is stopped and gone on with until it is done, beside an undisturbed one. */
final class StoppedRun {
  private static final int MOST_QUESTIONS = 1000;

  private StoppedRun() {}

  /**
   * Repeats a run until it ends by itself.
   *
   * @param patience how often the first attempt asks in vain whether to stop
   * @param more how much oftener every further one
   * @param attempt runs, or goes on
   */
  static void untilDone(int patience, int more, Consumer<BooleanSupplier> attempt) {
    int stops = 0;
    for (int questions = patience; questions < MOST_QUESTIONS; questions += more) {
      int[] left = {questions};
      try {
        attempt.accept(() -> left[0]-- <= 0);
        assertThat(stops).as("stops").isGreaterThan(2);
        return;
      } catch (Interrupted e) {
        stops++;
      }
    }
    throw new IllegalStateException("not done after " + stops + " stops");
  }

  /** Files and folders of the two runs have the same bytes. */
  static void requireSame(Path one, Path other, List<String> parts) {
    for (String part : parts) {
      assertThat(ContentHash.of(one.resolve(part)))
          .as(part)
          .isEqualTo(ContentHash.of(other.resolve(part)));
    }
  }
}
