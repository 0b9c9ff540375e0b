package io.winnow.optim;

import io.winnow.tensor.Parameterized;
import io.winnow.tensor.Scope;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Stochastic gradient descent with momentum, as {@code torch.optim.SGD} defines it: d = g + decay
 * p; v = momentum v + d; then p -= rate v or, after Nesterov, p -= rate (d + momentum v). Weight
 * decay reaches every parameter, batch norms and biases too.
 */
public final class Sgd implements AutoCloseable {
  /**
   * What does not change from step to step.
   *
   * @param weightDecay factor of the parameter in its own gradient
   * @param nesterov whether the step looks ahead
   */
  public record Rule(double momentum, double weightDecay, boolean nesterov) {}

  private final Map<String, Tensor> parameters;
  private final Map<String, Tensor> velocity = new LinkedHashMap<>();
  private final Rule rule;

  /** Starts with zero velocity. */
  public Sgd(Parameterized network, Rule rule) {
    this.rule = rule;
    parameters = network.parameters();
    try (Scope scope = Scope.open()) {
      parameters.forEach(
          (name, p) -> velocity.put(name, Scope.immortal(torch.zeros_like(p.detach()))));
    }
  }

  /** Velocity by parameter name, live: part of a checkpoint. */
  public Map<String, Tensor> velocity() {
    return velocity;
  }

  /** One update from the gradients of the parameters, which are consumed. */
  public void step(double learningRate) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Scalar momentum = new Scalar(rule.momentum());
      Scalar decay = new Scalar(rule.weightDecay());
      Scalar minusRate = new Scalar(-learningRate);
      parameters.forEach(
          (name, p) -> {
            Tensor d = p.grad().add_(p, decay);
            Tensor v = velocity.get(name).mul_(momentum).add_(d);
            p.add_(rule.nesterov() ? d.add_(v, momentum) : v, minusRate);
            p.mutable_grad().put(new Tensor());
          });
    }
  }

  @Override
  public void close() {
    velocity.values().forEach(Tensor::close);
  }
}
