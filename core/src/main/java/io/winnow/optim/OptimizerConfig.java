package io.winnow.optim;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.winnow.config.Check;
import io.winnow.config.OrNull;
import io.winnow.config.Tag;
import io.winnow.config.TaggedBy;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** An optimiser of a recipe: the rule, which the key {@code type} names, and its constants. */
@TaggedBy("type")
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface OptimizerConfig {
  /**
   * The optimiser in its initial state.
   *
   * @param parameters by name, in their final place; those that require no gradient are left alone
   */
  Optimizer optimizer(Map<String, Tensor> parameters);

  /** {@link Optimizer#kind} of the optimiser. */
  String kind();

  /** A clip of the gradients that belongs to the rule; null for that of the training. */
  @OrNull
  default GradientClip clip() {
    return null;
  }

  /** Its constants in words: a checkpoint made with others is not gone on with. */
  String settings();

  /**
   * Adam, weight decay as a part of the gradient.
   *
   * @param weightDecay as in {@link AdamConfig}, 0 for none
   */
  @Tag("adam")
  @JsonTypeName("adam")
  record Coupled(double beta1, double beta2, double eps, double weightDecay)
      implements OptimizerConfig {
    public Coupled {
      new AdamConfig(beta1, beta2, eps, weightDecay);
    }

    private AdamConfig config() {
      return new AdamConfig(beta1, beta2, eps, weightDecay);
    }

    @Override
    public Optimizer optimizer(Map<String, Tensor> parameters) {
      return Adam.coupled(parameters, config());
    }

    @Override
    public String kind() {
      return "adam";
    }

    @Override
    public String settings() {
      return config().toString();
    }
  }

  /**
   * AdamW, weight decay beside the gradient.
   *
   * @param weightDecay as in {@link AdamConfig}, 0 for none
   */
  @Tag("adamw")
  @JsonTypeName("adamw")
  record Decoupled(double beta1, double beta2, double eps, double weightDecay)
      implements OptimizerConfig {
    public Decoupled {
      new AdamConfig(beta1, beta2, eps, weightDecay);
    }

    private AdamConfig config() {
      return new AdamConfig(beta1, beta2, eps, weightDecay);
    }

    @Override
    public Optimizer optimizer(Map<String, Tensor> parameters) {
      return Adam.decoupled(parameters, config());
    }

    @Override
    public String kind() {
      return "adamw";
    }

    @Override
    public String settings() {
      return config().toString();
    }
  }

  /**
   * Adan, as MDT is trained with it (sail-sg/Adan).
   *
   * @param betas of the means of the gradients, of their differences and of the squares
   * @param weightDecay as in {@link AdanConfig}, 0 for none
   * @param maxGradNorm global norm at which gradients are cut, eps beside it; null for no cut
   */
  @Tag("adan")
  @JsonTypeName("adan")
  record Nesterov(List<Double> betas, double eps, double weightDecay, @OrNull Double maxGradNorm)
      implements OptimizerConfig {
    public Nesterov {
      betas = List.copyOf(betas);
      Check.that(
          betas.size() == 3,
          "betas is %s, but must be three numbers; [0.98, 0.92, 0.99] are the published ones.",
          betas);
      Check.that(
          maxGradNorm == null || maxGradNorm > 0,
          "maxGradNorm is %s, but must be above 0, or null for no clip.",
          maxGradNorm);
      config(betas, eps, weightDecay);
    }

    private static AdanConfig config(List<Double> betas, double eps, double weightDecay) {
      return new AdanConfig(betas.get(0), betas.get(1), betas.get(2), eps, weightDecay, true);
    }

    @Override
    public Optimizer optimizer(Map<String, Tensor> parameters) {
      return new Adan(parameters, config(betas, eps, weightDecay));
    }

    @Override
    public String kind() {
      return "adan";
    }

    @Override
    @OrNull
    public GradientClip clip() {
      return maxGradNorm == null ? null : new GradientClip(maxGradNorm, eps);
    }

    @Override
    public String settings() {
      return config(betas, eps, weightDecay) + " maxGradNorm " + maxGradNorm;
    }
  }

  /**
   * Stochastic gradient descent with momentum.
   *
   * @param momentum in [0, 1)
   * @param weightDecay factor of the parameter in its own gradient, 0 for none
   * @param nesterov whether the step looks ahead, which takes momentum
   */
  @Tag("sgd")
  @JsonTypeName("sgd")
  record Momentum(double momentum, double weightDecay, boolean nesterov)
      implements OptimizerConfig {
    public Momentum {
      Check.that(
          momentum >= 0 && momentum < 1,
          "momentum is %s, but must be in [0, 1); 0.9 is common.",
          momentum);
      Check.that(weightDecay >= 0, "weightDecay is %s, but must be >= 0", weightDecay);
      Check.that(
          !nesterov || momentum > 0,
          "nesterov is true, but momentum is 0; looking ahead needs momentum above 0.");
    }

    private Sgd.Rule rule() {
      return new Sgd.Rule(momentum, weightDecay, nesterov);
    }

    @Override
    public Optimizer optimizer(Map<String, Tensor> parameters) {
      return new Sgd(parameters, rule());
    }

    @Override
    public String kind() {
      return "sgd";
    }

    @Override
    public String settings() {
      return rule().toString();
    }
  }
}
