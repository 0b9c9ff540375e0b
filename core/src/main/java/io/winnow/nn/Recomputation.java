package io.winnow.nn;

import io.winnow.tensor.Scope;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Activation checkpointing (Chen et al., 2016): the forward pass keeps the outputs of a network's
 * steps and forgets what is inside of them; the backward pass computes one step anew at a time. One
 * more forward pass buys the memory of all activations but one step's.
 *
 * <p>Every output is a leaf of its own, so that {@code loss.backward()} ends at the last step's;
 * {@link #backward} then takes the steps from the last to the first. The gradients are those of the
 * whole graph, up to the order in which a tensor's parts are summed. Steps must give the same
 * values twice: no dropout.
 */
public final class Recomputation {
  /** A step, and its output: a leaf with a gradient once all that follows was walked. */
  private record Step(Supplier<Tensor> body, Tensor output) {}

  private final Deque<Step> steps = new ArrayDeque<>(); // the last one first
  private boolean on;

  /** Whether steps are forgotten and computed anew; off at first. */
  public void set(boolean recomputing) {
    on = recomputing;
  }

  /**
   * Takes a step.
   *
   * @param body of tensors that other steps gave, of parameters, and of tensors without a gradient
   * @return its output; the graph to it is kept where recomputation is off, and there is none where
   *     gradients are off
   */
  public Tensor of(Supplier<Tensor> body) {
    if (!on || !GradMode.is_enabled()) {
      return body.get();
    }
    Tensor output;
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      output = scope.keep(body.get().detach());
    }
    output.set_requires_grad(true);
    steps.push(new Step(body, output));
    return output;
  }

  /**
   * Walks back through all steps since the last call, after the loss's own backward pass.
   *
   * @param precision computes a step in the precision that it was computed in at first
   */
  public void backward(Function<Supplier<Tensor>, Tensor> precision) {
    while (!steps.isEmpty()) {
      Step step = steps.pop();
      Tensor gradient = step.output().grad();
      if (gradient.defined()) {
        try (Scope scope = Scope.open()) {
          Tensor again = precision.apply(step.body());
          torch.backward(
              new TensorVector(again),
              new TensorVector(gradient),
              new BoolOptional(),
              false,
              new TensorVector());
        }
      }
    }
  }
}
