package io.winnow.tensor;

import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/** Something with named weights: a network as an optimiser, an average or a checkpoint sees it. */
public interface Parameterized {
  /**
   * Learnable tensors by state-dict key, in the peer's order. Live: writing to one changes the
   * network.
   */
  Map<String, Tensor> parameters();

  /**
   * Tensors of the state that no gradient reaches (running statistics), by state-dict key, in
   * order. Live.
   */
  Map<String, Tensor> buffers();

  /** Learns how its tensors lie from now on; for layers that compute differently for it. */
  default void lieAs(Layout layout) {}

  /**
   * Goes on, after the backward pass of a loss, where the network forgot activations to compute
   * them anew; nothing where it keeps them all.
   *
   * @param precision computes a part in the precision of the forward pass
   */
  default void recomputedBackward(Function<Supplier<Tensor>, Tensor> precision) {}

  /** Switches dropout and batch statistics on (training) or off (evaluation). */
  void train(boolean training);
}
