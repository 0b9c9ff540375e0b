package io.winnow.optim;

import io.winnow.tensor.Kernels;
import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongToDoubleFunction;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The moving average of the weights: e becomes b_k e + (1 - b_k) p after optimiser step k = 1, 2,
 * ..., all tensors in one call. Sampling, evaluation and features use it.
 */
public final class Ema implements AutoCloseable {
  private final LongToDoubleFunction decay; // b_k of k
  private final Map<String, Tensor> weights = new LinkedHashMap<>();
  private final TensorGroup averages;
  private final TensorGroup parameters;

  /**
   * An average that starts at the present values.
   *
   * @param parameters floating-point tensors by name, in their final place; live
   */
  public Ema(Map<String, Tensor> parameters, EmaRule rule, double beta) {
    this(parameters, k -> rule.decay(beta, k));
    if (!(beta >= 0 && beta < 1)) {
      throw new IllegalArgumentException(
          "ema is " + beta + ", but must be in [0, 1). 0.9999 is common.");
    }
  }

  /**
   * An average by diffusers' rule, that starts at the present values.
   *
   * @param parameters as in the other constructor
   */
  public Ema(Map<String, Tensor> parameters, EarlyEma rule) {
    this(parameters, rule::decay);
  }

  private Ema(Map<String, Tensor> parameters, LongToDoubleFunction decay) {
    this.decay = decay;
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      parameters.forEach(
          (name, parameter) -> weights.put(name, Scope.immortal(parameter.detach().clone())));
    }
    this.averages = TensorGroup.immortal(weights.values());
    this.parameters = TensorGroup.immortal(parameters.values());
  }

  /** The update after optimiser step {@code k}, counted from 1. */
  public void update(long k) {
    try (NoGradGuard guard = new NoGradGuard()) {
      Kernels.lerp(averages, parameters, 1 - decay.applyAsDouble(k));
    }
  }

  /** Frees the averages. */
  @Override
  public void close() {
    averages.close();
    parameters.close();
    weights.values().forEach(Tensor::close);
  }

  /** The averaged weights by name. Live. */
  public Map<String, Tensor> weights() {
    return Collections.unmodifiableMap(weights);
  }
}
