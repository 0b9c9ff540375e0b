package io.winnow.prune;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.winnow.config.Check;
import io.winnow.config.OrNull;
import java.util.List;
import java.util.Locale;

/**
 * The {@code prune} part of a recipe. What a method does not use is ignored, so that one sweep can
 * go over methods.
 *
 * @param method which score, by the name of its preset
 * @param ratio the share of images to keep, in (0, 1]; 1 keeps all and computes no score
 * @param scope whether the share holds class by class or over the whole set
 * @param fit whether the density is fitted class by class or to the whole set
 * @param rule how density scores are cut
 * @param covariance how a Gaussian's covariance is estimated
 * @param pca leading principal directions of the whole set to project on first; 0 for none
 * @param center what moderate distances are measured from
 * @param window which distances moderate selection keeps
 * @param quota how many images of each class uniform selection keeps
 * @param reg added to the diagonal of a covariance that is not shrunk
 * @param steps one after the other in the place of {@code method}, which is then ignored; null for
 *     the method alone, and then absent from hashes
 */
public record PruneConfig(
    Method method,
    double ratio,
    Grouping scope,
    Grouping fit,
    Rule rule,
    Covariance covariance,
    int pca,
    Center center,
    Window window,
    Quota quota,
    double reg,
    @JsonInclude(JsonInclude.Include.NON_NULL) @OrNull List<PruneStep> steps) {

  /** How density scores are cut. */
  public enum Rule {
    /** Strictly above the percentile, as published; ties at the cutoff go. */
    PERCENTILE_STRICT,
    /** An exact count of the largest. */
    TOPK
  }

  /** Which distances moderate selection keeps. */
  public enum Window {
    /** The central ranks: the published code. */
    BAND,
    /** The smallest: prototypes, as one sentence of the paper reads. */
    CLOSEST
  }

  public PruneConfig {
    Check.that(
        ratio > 0 && ratio <= 1,
        "ratio is %s, but must be a fraction in (0, 1]. %s",
        plain(ratio),
        ratio > 1 && ratio <= 100
            ? "Write " + plain(ratio / 100) + " to keep " + plain(ratio) + " %."
            : "Write 0.2 to keep 20 %.");
    Check.that(pca >= 0, "pca is %s, but must be 0 (none) or a number of directions.", pca);
    Check.that(
        reg >= 0 && reg < Double.POSITIVE_INFINITY,
        "reg is %s, but must be 0 or more; the published code has 1e-5.",
        reg);
    Check.that(
        steps == null || !steps.isEmpty(),
        "steps is an empty list. Name a step, [{step: near-duplicates, eps: 0.05}], or write null"
            + " for the method alone.");
  }

  /** As a person writes it: 10 and not 10.0. */
  private static String plain(double value) {
    return value == Math.rint(value) ? String.format(Locale.ROOT, "%.0f", value) : "" + value;
  }

  /** A preset with every option at its default. */
  public static PruneConfig of(Method method, double ratio) {
    return new PruneConfig(
        method,
        ratio,
        Grouping.CLASS,
        Grouping.CLASS,
        Rule.PERCENTILE_STRICT,
        Covariance.PLAIN,
        0,
        Center.MEDIAN,
        Window.BAND,
        Quota.ROUND,
        1e-5,
        null);
  }

  /** One method at a ratio, with the options of this block and without its steps. */
  PruneConfig only(Method method, double ratio) {
    return new PruneConfig(
        method, ratio, scope, fit, rule, covariance, pca, center, window, quota, reg, null);
  }

  /** The same block with another ratio and other steps. */
  public PruneConfig with(double otherRatio, @OrNull List<PruneStep> otherSteps) {
    return new PruneConfig(
        method,
        otherRatio,
        scope,
        fit,
        rule,
        covariance,
        pca,
        center,
        window,
        quota,
        reg,
        otherSteps);
  }

  /** Whether features are looked at. */
  public boolean readsFeatures() {
    return steps == null
        ? method != Method.UNIFORM && ratio < 1
        : steps.stream().anyMatch(PruneStep::readsFeatures);
  }

  /** Folders of the networks whose losses are looked at. */
  public List<String> models() {
    return steps == null
        ? List.of()
        : steps.stream().flatMap(step -> step.models().stream()).distinct().toList();
  }

  /** Whether the selection may depend on the seed; that by scores does not, ties go by order. */
  public boolean draws() {
    return steps != null || (method == Method.UNIFORM && ratio < 1);
  }

  /** The scope that counts: the published moderate code is global whatever is asked. */
  Grouping effectiveScope() {
    return method == Method.MODERATE_OFFICIAL ? Grouping.GLOBAL : scope;
  }

  Selection selection() {
    return switch (method) {
      case MODERATE_OFFICIAL -> new CentralBand();
      case MODERATE -> window == Window.BAND ? new CentralBand() : new Closest();
      case GAUSSIAN, PPCA, NEAREST_NEIGHBOURS ->
          rule == Rule.TOPK ? new TopK() : new PercentileStrict();
      case UNIFORM -> throw new IllegalStateException("uniform selection has no scores");
    };
  }

  Scorer scorer() {
    return switch (method) {
      case GAUSSIAN -> new GaussianScorer(fit, covariance, reg);
      case PPCA -> new PpcaScorer(fit, 0.95);
      case NEAREST_NEIGHBOURS -> new NearestNeighbourScorer(fit, 5);
      case MODERATE -> new ModerateScorer(center);
      case MODERATE_OFFICIAL -> new ModerateScorer(Center.MEDIAN);
      case UNIFORM -> throw new IllegalStateException("uniform selection has no scores");
    };
  }

  /** Names everything that the scores depend on: equal texts, equal scores. */
  public String scoring() {
    String projection = pca == 0 ? "" : ", " + pca + " principal directions";
    return switch (method) {
      case UNIFORM -> "none";
      case GAUSSIAN ->
          "gaussian, fit " + word(fit) + ", covariance " + word(covariance) + ridge() + projection;
      case PPCA, NEAREST_NEIGHBOURS -> word(method) + ", fit " + word(fit) + projection;
      case MODERATE -> "distance to class " + word(center) + projection;
      case MODERATE_OFFICIAL -> "distance to class median" + projection;
    };
  }

  private String ridge() {
    boolean shrinks = covariance == Covariance.LEDOIT_WOLF || covariance == Covariance.OAS;
    return shrinks ? "" : ", reg " + reg;
  }

  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
