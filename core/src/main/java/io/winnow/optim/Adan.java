package io.winnow.optim;

import io.winnow.tensor.Kernels;
import io.winnow.tensor.Scope;
import io.winnow.tensor.TensorGroup;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Adaptive Nesterov momentum (Xie et al., 2022; sail-sg/Adan 2c65bea), all tensors in a few calls.
 * With d = g - g_prev, 0 at the first step:
 *
 * <p>m = b1 m + (1-b1) g; v = b2 v + (1-b2) d; n = b3 n + (1-b3) (g + b2 d)^2; p -= lr (m / (1 -
 * b1^k) + b2 v / (1 - b2^k)) / (sqrt(n) / sqrt(1 - b3^k) + eps), and the decay as {@link
 * AdanConfig#proximal} says.
 *
 * <p>The state is {@code exp_avg.NAME} (m), {@code exp_avg_diff.NAME} (v), {@code exp_avg_sq.NAME}
 * (n), {@code neg_pre_grad.NAME} (-g_prev) and {@code step} (k).
 */
public final class Adan implements Optimizer {
  private static final Scalar ONE = Tensors.constant(1);
  private static final String MEAN = "exp_avg.";
  private static final String DIFFERENCE = "exp_avg_diff.";
  private static final String SQUARE = "exp_avg_sq.";
  private static final String PREVIOUS = "neg_pre_grad.";
  private static final String STEP = "step";

  private final TrainedParameters parameters;
  private final AdanConfig config;
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private final Groups all;
  private final Tensor step; // [], float32

  /** Parameters and what belongs to them, in one order. */
  private record Groups(
      TensorGroup parameters,
      TensorGroup mean,
      TensorGroup difference,
      TensorGroup square,
      TensorGroup previous) {}

  /**
   * Starts with means of zero.
   *
   * @param parameters by name; those that require no gradient are left alone
   */
  public Adan(Map<String, Tensor> parameters, AdanConfig config) {
    this.config = config;
    this.parameters = new TrainedParameters("Adan", parameters);
    this.all =
        new Groups(
            this.parameters.group(),
            this.parameters.zeros(MEAN, state::put),
            this.parameters.zeros(DIFFERENCE, state::put),
            this.parameters.zeros(SQUARE, state::put),
            this.parameters.zeros(PREVIOUS, state::put));
    try (Scope scope = Scope.open()) {
      Tensor zero = torch.zeros(new long[0]);
      step = Scope.immortal(zero.to(this.parameters.any().device(), torch.ScalarType.Float));
    }
    state.put(STEP, step);
  }

  @Override
  public String kind() {
    return "adan";
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
      Tensor taken = skip == null ? torch.ones_like(step) : skip.neg().add_(ONE); // []
      step.add_(taken);
      move(all, gradients, learningRate, taken);
    }
  }

  /** The gradients of those parameters that one reached; the caller's scope owns the group. */
  public TensorGroup reached() {
    return TensorGroup.of(parameters.reached().values());
  }

  /**
   * One step of the parameters that a gradient reached, as the reference code takes it: the others
   * and their state stay, while k goes on for all. Waits for the device.
   *
   * @param divisor what to divide every gradient by first, []; null for 1
   */
  public void stepReached(double learningRate, Tensor divisor) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Map<String, Tensor> reached = parameters.reached();
      TensorGroup gradients = TensorGroup.of(reached.values());
      if (divisor != null) {
        Kernels.divide(gradients, divisor);
      }
      step.add_(ONE);
      reached.forEach(this::begin);
      Collection<String> names = reached.keySet();
      List<Tensor> moved = names.stream().map(parameters::get).toList();
      Groups groups =
          new Groups(
              TensorGroup.of(moved),
              group(MEAN, names),
              group(DIFFERENCE, names),
              group(SQUARE, names),
              group(PREVIOUS, names));
      move(groups, gradients, learningRate, torch.ones_like(step));
    }
  }

  /** At a parameter's first gradient, the one before counts as the same. */
  private void begin(String name, Tensor gradient) {
    if (state.get(SQUARE + name).sum().item_double() == 0) {
      state.get(PREVIOUS + name).copy_(gradient.neg());
    }
  }

  private TensorGroup group(String prefix, Collection<String> names) {
    List<Tensor> tensors = new ArrayList<>();
    names.forEach(name -> tensors.add(state.get(prefix + name)));
    return TensorGroup.of(tensors);
  }

  /**
   * Moves state and parameters.
   *
   * @param g gradients, finite
   * @param taken 1, or 0 to leave everything as it is, []; the gradients are then 0
   */
  private void move(Groups groups, TensorGroup g, double learningRate, Tensor taken) {
    try (Scope scope = Scope.open()) {
      TensorGroup d = Kernels.sum(g, groups.previous()); // g - g_prev
      Kernels.multiply(d, step.gt(ONE).to(torch.ScalarType.Float));
      average(groups.mean(), g, config.beta1(), taken);
      average(groups.difference(), d, config.beta2(), taken);
      Kernels.multiply(d, config.beta2());
      Kernels.add(d, g, 1); // g + b2 d
      Kernels.multiply(d, d);
      average(groups.square(), d, config.beta3(), taken);
    }
    Kernels.multiply(groups.previous(), taken.neg().add_(ONE));
    Kernels.add(groups.previous(), g, -1);
    decay(groups, learningRate, taken);
  }

  /** a = b a + (1 - b) x. */
  private void average(TensorGroup a, TensorGroup x, double beta, Tensor taken) {
    try (Scope scope = Scope.open()) {
      Tensor share = taken.mul(new Scalar(1 - beta)); // []
      Kernels.multiply(a, share.neg().add_(ONE));
      Kernels.add(a, Kernels.product(x, share), 1);
    }
  }

  /** The step with the decay before or after it. */
  private void decay(Groups groups, double learningRate, Tensor taken) {
    double rate = learningRate * config.weightDecay();
    if (rate > 0 && !config.proximal()) {
      Kernels.multiply(groups.parameters(), taken.mul(new Scalar(-rate)).add_(ONE));
    }
    Tensor k = step.to(torch.ScalarType.Double).clamp_min(ONE); // []
    Tensor ofMean = taken.mul(new Scalar(learningRate)).div_(correction(config.beta1(), k));
    Tensor ofDifference =
        taken.mul(new Scalar(learningRate * config.beta2())).div_(correction(config.beta2(), k));
    TensorGroup update = Kernels.product(groups.mean(), ofMean);
    Kernels.add(update, Kernels.product(groups.difference(), ofDifference), 1);
    TensorGroup root = Kernels.squareRoot(groups.square());
    Kernels.divide(root, correction(config.beta3(), k).sqrt_());
    Kernels.add(root, config.eps());
    Kernels.divide(update, root);
    Kernels.add(groups.parameters(), update, -1);
    if (rate > 0 && config.proximal()) {
      Kernels.divide(groups.parameters(), taken.mul(new Scalar(rate)).add_(ONE));
    }
  }

  /** 1 - b^k, by float64, [] float32. */
  private Tensor correction(double beta, Tensor k) {
    return torch.pow(new Scalar(beta), k).neg().add(ONE).to(torch.ScalarType.Float);
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
