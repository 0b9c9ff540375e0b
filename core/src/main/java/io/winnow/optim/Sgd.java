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

/**
 * Stochastic gradient descent with momentum, as {@code torch.optim.SGD} defines it: d = g + decay
 * p; v = momentum v + d; then p -= rate v or, after Nesterov, p -= rate (d + momentum v). Weight
 * decay reaches every parameter, batch norms and biases too.
 *
 * <p>The state is {@code velocity.NAME} (v).
 */
public final class Sgd implements Optimizer {
  private static final Scalar ONE = Tensors.constant(1);
  private static final String VELOCITY = "velocity.";

  /**
   * What does not change from step to step.
   *
   * @param weightDecay factor of the parameter in its own gradient
   * @param nesterov whether the step looks ahead
   */
  public record Rule(double momentum, double weightDecay, boolean nesterov) {}

  private final TrainedParameters parameters;
  private final TensorGroup weights;
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private final TensorGroup velocity;
  private final Rule rule;
  private final Scalar momentum;

  /**
   * Starts with zero velocity.
   *
   * @param parameters by name; those that require no gradient are left alone
   */
  public Sgd(Map<String, Tensor> parameters, Rule rule) {
    this.rule = rule;
    this.momentum = Tensors.constant(rule.momentum());
    this.parameters = new TrainedParameters("SGD", parameters);
    this.weights = this.parameters.group();
    this.velocity = this.parameters.zeros(VELOCITY, state::put);
  }

  @Override
  public String kind() {
    return "sgd";
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
      if (divisor != null) {
        Kernels.divide(gradients, divisor);
      }
      if (skip != null) {
        parameters.zeroGradients(skip);
      }
      Kernels.add(gradients, weights, rule.weightDecay()); // d
      Tensor taken = skip == null ? null : skip.neg().add_(ONE); // 0 where the step is skipped
      if (taken == null) {
        Kernels.multiply(velocity, rule.momentum());
        Kernels.add(velocity, gradients, 1);
      } else {
        Kernels.multiply(velocity, taken.mul(momentum).add_(skip));
        Kernels.add(velocity, Kernels.product(gradients, taken), 1);
      }
      if (rule.nesterov()) {
        Kernels.add(gradients, velocity, rule.momentum());
      }
      TensorGroup update = rule.nesterov() ? gradients : velocity;
      Kernels.add(weights, taken == null ? update : Kernels.product(update, taken), -learningRate);
    }
  }

  @Override
  public Map<String, Tensor> state() {
    return Collections.unmodifiableMap(state);
  }

  @Override
  public void close() {
    parameters.close();
    momentum.close();
    state.values().forEach(Tensor::close);
  }
}
