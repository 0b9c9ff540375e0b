package io.winnow.optim;

import io.winnow.tensor.Kernels;
import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Adam (Kingma and Ba, 2015) with weight decay added to the gradient, over all parameters in one
 * fused call:
 *
 * <p>m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; p -= lr / (1 - beta1^k) m /
 * (sqrt(v) / sqrt(1 - beta2^k) + eps).
 *
 * <p>Moments lie beside their parameters: same device, same layout. Parameters must be in their
 * final place ({@link io.winnow.tensor.Compute#place}) when this is built.
 */
public final class Adam {
  private static final String FIRST = "exp_avg.";
  private static final String SECOND = "exp_avg_sq.";
  private static final String STEP = "step";

  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private final AdamConfig config;
  private final Kernels.AdamTensors tensors;
  private final Scalar one = Tensors.constant(1);

  /**
   * An optimiser with moments of zero.
   *
   * @param parameters by name; those that require no gradient are left alone
   */
  public Adam(Map<String, Tensor> parameters, AdamConfig config) {
    this.config = config;
    parameters.forEach(
        (name, parameter) -> {
          if (parameter.requires_grad()) {
            this.parameters.put(name, parameter);
          }
        });
    if (this.parameters.isEmpty()) {
      throw new IllegalArgumentException("Adam: no parameter requires a gradient");
    }
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      this.parameters.forEach((name, p) -> state.put(FIRST + name, zerosLike(p)));
      this.parameters.forEach((name, p) -> state.put(SECOND + name, zerosLike(p)));
      Tensor any = this.parameters.values().iterator().next();
      Tensor step =
          Scope.immortal(torch.zeros(new long[0]).to(any.device(), torch.ScalarType.Float));
      state.put(STEP, step);
      tensors =
          new Kernels.AdamTensors(
              TensorGroup.immortal(this.parameters.values()), group(FIRST), group(SECOND), step);
    }
  }

  private static Tensor zerosLike(Tensor parameter) {
    return Scope.immortal(torch.zeros_like(parameter));
  }

  private TensorGroup group(String prefix) {
    List<Tensor> moments = new ArrayList<>();
    parameters.keySet().forEach(name -> moments.add(state.get(prefix + name)));
    return TensorGroup.immortal(moments);
  }

  /**
   * The gradients of the last backward passes, in the order of the parameters; the caller's scope
   * owns the group.
   *
   * @throws IllegalStateException naming the parameters that no gradient reached
   */
  public TensorGroup gradients() {
    List<Tensor> gradients = new ArrayList<>(parameters.size());
    List<String> missing = new ArrayList<>();
    parameters.forEach(
        (name, parameter) -> {
          Tensor gradient = parameter.grad();
          if (gradient.defined()) {
            gradients.add(gradient);
          } else {
            missing.add(name);
          }
        });
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "Adam: no gradient for "
              + String.join(", ", missing)
              + "; every parameter must take part in the loss");
    }
    return TensorGroup.of(gradients);
  }

  /** One step with the gradients as they are. */
  public void step(TensorGroup gradients, double learningRate) {
    step(gradients, learningRate, null, null);
  }

  /**
   * One step.
   *
   * @param divisor what to divide every gradient by first ({@link GradientClip#divisor}), []; null
   *     for 1
   * @param skip 1 to leave parameters and moments as they are, else 0, [] float32; null for 0
   */
  public void step(TensorGroup gradients, double learningRate, Tensor divisor, Tensor skip) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      tensors.step().add_(one);
      if (skip != null) {
        tensors.step().sub_(skip);
      }
      Kernels.adam(tensors, gradients, config.at(learningRate), divisor, skip);
    }
  }

  /** Forgets the gradients, so that the next backward pass starts from none. */
  public void clearGradients() {
    try (Scope scope = Scope.open()) {
      Tensor none = new Tensor();
      parameters.values().forEach(parameter -> parameter.mutable_grad().put(none));
    }
  }

  /**
   * Moments ({@code exp_avg.NAME}, {@code exp_avg_sq.NAME}) and the number of steps, for
   * checkpoints. Live.
   */
  public Map<String, Tensor> state() {
    return java.util.Collections.unmodifiableMap(state);
  }
}
