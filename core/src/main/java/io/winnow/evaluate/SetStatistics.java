package io.winnow.evaluate;

import io.winnow.artifact.Features;
import io.winnow.config.OrNull;
import io.winnow.encode.Encoder;
import io.winnow.encode.EncoderNames;
import io.winnow.evaluate.Side.FeatureSide;
import io.winnow.evaluate.StatisticsFile.Part;
import io.winnow.task.Interrupted;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Mean and covariance of one set, written to stand for it in later comparisons. */
public final class SetStatistics {
  private final EvaluationSettings settings;
  private final Side set;

  public SetStatistics(EvaluationSettings settings, Side set) {
    this.settings = settings;
    this.set = set;
  }

  /**
   * Writes them into an {@code .npz}: {@code mu} and {@code sigma} as pytorch-fid does. In the form
   * of the ADM evaluator, images through {@code fid-inception-tensorflow}, also {@code mu_s} and
   * {@code sigma_s}, which it wants for sFID. The file also says which encoder made them.
   *
   * @throws Interrupted when asked to stop
   */
  public void save(Path file) {
    String name = MetricEncoders.chosen(settings.chosen(), List.of(set));
    boolean encodes = !(set instanceof FeatureSide);
    boolean adm = encodes && name.equals(EncoderNames.FID_INCEPTION_TENSORFLOW);
    try (Scope scope = Scope.open()) {
      Part pooled = through(name, encodes ? settings.encoders().apply(name) : null);
      StatisticsFile.write(file, pooled, adm ? Optional.of(spatial()) : Optional.empty());
    }
  }

  private Part spatial() {
    String name = EncoderNames.SFID_INCEPTION_TENSORFLOW;
    return through(name, settings.encoders().apply(name));
  }

  /** Statistics through one encoder, in the caller's scope. */
  private Part through(String name, @OrNull Supplier<Encoder> found) {
    FeatureReader sides = new FeatureReader(List.of(set), settings.chosen());
    try (EncoderSession session = new EncoderSession(settings, name, found)) {
      Features rows = sides.of(session, set, "samples", "--save-stats");
      return new Part(LabelledFeatures.statistics(rows), rows.encoder());
    }
  }
}
