package io.winnow.tensor;

import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * Records work on a device once, to start it again by one call in the place of thousands. The work
 * reads and writes the same memory every time, so its inputs are written to in place.
 */
public interface GraphRecorder {
  /**
   * Runs the work a few times, then records it.
   *
   * @param work without gradients; it draws no random numbers, reads nothing back, and gives what
   *     it computed
   * @throws RuntimeException where it cannot be recorded; nothing is left of the attempt
   */
  Recording record(Supplier<List<Tensor>> work);

  /** Recorded work. */
  interface Recording extends AutoCloseable {
    /** Does the work once more. */
    void replay();

    /** Where every replay writes; their values are those of the last one. */
    List<Tensor> outputs();

    /** Frees the recording and what it computed in. */
    @Override
    void close();
  }
}
