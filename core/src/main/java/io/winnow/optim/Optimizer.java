package io.winnow.optim;

import io.winnow.tensor.TensorGroup;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Moves parameters against their gradients, all tensors in a few calls. Its state lies beside the
 * parameters, same device and layout: put them in their final place ({@link
 * io.winnow.tensor.Compute#place}) before it is built. Extension point.
 *
 * <p>Per step: {@link #clearGradients}, backward passes, {@link #gradients}, {@link #step}.
 */
public interface Optimizer extends AutoCloseable {
  /** Name of the rule, for checkpoints: the state of another kind is not gone on with. */
  String kind();

  /** Forgets the gradients, so that the next backward pass starts from none. */
  void clearGradients();

  /**
   * The gradients of the last backward passes, in the order of the parameters; the caller's scope
   * owns the group.
   *
   * @throws IllegalStateException naming the parameters that no gradient reached
   */
  TensorGroup gradients();

  /**
   * One step. Nothing here waits for the device.
   *
   * @param gradients of {@link #gradients}; may be changed in place
   * @param divisor what to divide every gradient by first ({@link GradientClip#divisor}), []; null
   *     for 1
   * @param skip 1 to leave parameters and state as they are, else 0, [] float32; null for 0
   */
  void step(TensorGroup gradients, double learningRate, Tensor divisor, Tensor skip);

  /** One step with the gradients as they are. */
  default void step(TensorGroup gradients, double learningRate) {
    step(gradients, learningRate, null, null);
  }

  /** What a checkpoint has to hold, by name, of this {@link #kind}. Live. */
  Map<String, Tensor> state();

  /** Frees the state. */
  @Override
  void close();
}
