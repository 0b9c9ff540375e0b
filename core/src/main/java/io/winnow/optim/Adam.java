package io.winnow.optim;

import io.winnow.tensor.Kernels;
import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import io.winnow.tensor.Tensors;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Adam (Kingma and Ba, 2015), over all parameters in one fused call:
 *
 * <p>m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; p -= lr / (1 - beta1^k) m /
 * (sqrt(v) / sqrt(1 - beta2^k) + eps).
 *
 * <p>Weight decay is added to the gradient ({@code torch.optim.Adam}) or, decoupled, takes its
 * share of the parameter before the step: p -= lr decay p ({@code torch.optim.AdamW}; Loshchilov
 * and Hutter, 2019).
 *
 * <p>The state is {@code exp_avg.NAME} (m), {@code exp_avg_sq.NAME} (v) and {@code step} (k).
 */
public final class Adam implements Optimizer {
  private static final Scalar ONE = Tensors.constant(1);
  private static final String FIRST = "exp_avg.";
  private static final String SECOND = "exp_avg_sq.";
  private static final String STEP = "step";

  private final TrainedParameters parameters;
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private final AdamConfig config;
  private final boolean decoupled;
  private final Kernels.AdamTensors tensors;

  private Adam(Map<String, Tensor> parameters, AdamConfig config, boolean decoupled) {
    this.config = config;
    this.decoupled = decoupled;
    this.parameters = new TrainedParameters(decoupled ? "AdamW" : "Adam", parameters);
    TensorGroup first = this.parameters.zeros(FIRST, state::put);
    TensorGroup second = this.parameters.zeros(SECOND, state::put);
    try (Scope scope = Scope.open()) {
      Tensor zero = torch.zeros(new long[0]);
      Tensor step = Scope.immortal(zero.to(this.parameters.any().device(), torch.ScalarType.Float));
      state.put(STEP, step);
      tensors = new Kernels.AdamTensors(this.parameters.group(), first, second, step);
    }
  }

  /**
   * Adam with moments of zero; weight decay is part of the gradient.
   *
   * @param parameters by name; those that require no gradient are left alone
   */
  public static Adam coupled(Map<String, Tensor> parameters, AdamConfig config) {
    return new Adam(parameters, config, false);
  }

  /**
   * AdamW with moments of zero.
   *
   * @param parameters by name; those that require no gradient are left alone
   */
  public static Adam decoupled(Map<String, Tensor> parameters, AdamConfig config) {
    return new Adam(parameters, config, true);
  }

  @Override
  public String kind() {
    return decoupled ? "adamw" : "adam";
  }

  @Override
  public TensorGroup gradients() {
    return parameters.gradients();
  }

  @Override
  public void clearGradients() {
    parameters.clearGradients();
  }

  @Override
  public void step(TensorGroup gradients, double learningRate, Tensor divisor, Tensor skip) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      tensors.step().add_(ONE);
      if (skip != null) {
        tensors.step().sub_(skip);
      }
      Kernels.adam(tensors, gradients, config.at(learningRate, decoupled), divisor, skip);
    }
  }

  @Override
  public Map<String, Tensor> state() {
    return Collections.unmodifiableMap(state);
  }

  @Override
  public void close() {
    parameters.close();
    state.values().forEach(Tensor::close);
  }
}
