package io.winnow.artifact;

import io.winnow.files.Json;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The loss weight of every class: the outcome of reweighting, {@code class-weights.json}. Arrays
 * are copied in and out and compared by content.
 *
 * @param classes names in label order, [K]
 * @param weights w_c = alpha_c / p_c, mean 1 under the frequencies p, [K]
 * @param alpha mean mixture over the proxy's steps, [K]
 * @param frequency p, the share of each class in the coreset, [K]
 * @param settings of the reweighting that made them
 * @param warnings of its guards
 */
@SuppressWarnings("ArrayRecordComponent")
public record ClassWeights(
    List<String> classes,
    double[] weights,
    double[] alpha,
    double[] frequency,
    Map<String, Object> settings,
    List<String> warnings) {
  /** Setting that names a rule by which nothing was learnt; absent otherwise. */
  public static final String RULE = "rule";

  /** The rule of weights that are the inverse of the classes' shares. */
  public static final String INVERSE_FREQUENCY = "inverse-frequency";

  public ClassWeights {
    classes = List.copyOf(classes);
    weights = weights.clone();
    alpha = alpha.clone();
    frequency = frequency.clone();
    warnings = List.copyOf(warnings);
    int k = classes.size();
    if (weights.length != k || alpha.length != k || frequency.length != k) {
      throw new IllegalArgumentException(
          "class weights: "
              + k
              + " classes, but "
              + weights.length
              + " weights, "
              + alpha.length
              + " alphas and "
              + frequency.length
              + " frequencies; expected one of each per class");
    }
  }

  @Override
  public double[] weights() {
    return weights.clone();
  }

  @Override
  public double[] alpha() {
    return alpha.clone();
  }

  @Override
  public double[] frequency() {
    return frequency.clone();
  }

  /** False where the reweighting itself says that these weights carry nothing. */
  public boolean learnt() {
    return !Boolean.FALSE.equals(settings.get("learnt"));
  }

  /** Whether the weights are the inverse of the classes' shares. */
  public boolean inverseFrequency() {
    return INVERSE_FREQUENCY.equals(settings.get(RULE));
  }

  /** Reads {@code class-weights.json}. */
  public static ClassWeights read(Path file) {
    return Json.read(file, ClassWeights.class);
  }

  /** Writes {@code class-weights.json}, atomically. */
  public void write(Path file) {
    Json.write(file, this);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClassWeights that
        && classes.equals(that.classes)
        && Arrays.equals(weights, that.weights)
        && Arrays.equals(alpha, that.alpha)
        && Arrays.equals(frequency, that.frequency)
        && settings.equals(that.settings)
        && warnings.equals(that.warnings);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        classes,
        Arrays.hashCode(weights),
        Arrays.hashCode(alpha),
        Arrays.hashCode(frequency),
        settings,
        warnings);
  }

  @Override
  public String toString() {
    return "ClassWeights" + classes + Arrays.toString(weights);
  }

  /** The class weights over the steps of the proxy; {@code TrajectoryCsv} reads and writes them. */
  public record Trajectory(List<String> classes, List<Row> rows) {
    public Trajectory {
      classes = List.copyOf(classes);
      rows = List.copyOf(rows);
    }

    /**
     * One recorded step. Weights are copied in and out and compared by content.
     *
     * @param eta step size of the mixture; 0 while it is held
     * @param signalToNoise spread of the classes' mean margins over its standard error; NaN where
     *     there are no margins
     * @param weights of the classes, [K]
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Row(long step, double eta, double signalToNoise, double[] weights) {
      public Row {
        weights = weights.clone();
      }

      @Override
      public double[] weights() {
        return weights.clone();
      }

      @Override
      public boolean equals(Object other) {
        return other instanceof Row that
            && step == that.step
            && Double.compare(eta, that.eta) == 0
            && Double.compare(signalToNoise, that.signalToNoise) == 0
            && Arrays.equals(weights, that.weights);
      }

      @Override
      public int hashCode() {
        return Objects.hash(step, eta, signalToNoise, Arrays.hashCode(weights));
      }

      @Override
      public String toString() {
        return step + " eta " + eta + " MAD/SE " + signalToNoise + " " + Arrays.toString(weights);
      }
    }
  }
}
