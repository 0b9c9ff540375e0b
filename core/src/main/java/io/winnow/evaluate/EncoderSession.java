package io.winnow.evaluate;

import io.winnow.artifact.Features;
import io.winnow.config.OrNull;
import io.winnow.encode.Encoder;
import io.winnow.evaluate.Side.ImageSide;
import io.winnow.tensor.Scope;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/** One encoder of an evaluation, opened when it is first needed, and what it made of the sides. */
final class EncoderSession implements AutoCloseable {
  private static final int ROWS = 4096;

  private final EvaluationSettings settings;
  private final String name;
  private final @OrNull Supplier<Encoder> found;
  private final Map<String, Features> encoded = new HashMap<>();
  private final Set<String> finite = new HashSet<>();
  private @OrNull Encoder encoder;

  /**
   * @param found opens the encoder; null where nothing has to be encoded
   */
  EncoderSession(EvaluationSettings settings, String name, @OrNull Supplier<Encoder> found) {
    this.settings = settings;
    this.name = name;
    this.found = found;
  }

  String name() {
    return name;
  }

  /** Whether anything has to be encoded, so that the encoder was looked for. */
  boolean encodes() {
    return found != null;
  }

  Encoder encoder() {
    if (encoder == null) {
      encoder = (found == null ? settings.encoders().apply(name) : found).get();
    }
    return encoder;
  }

  /** Features of images; encoded where they are not there yet. */
  Features features(ImageSide images, String role) {
    Features known = encoded.get(images.hash());
    if (known != null) {
      return known;
    }
    Features features =
        FeatureCache.run(
            images.dataset(),
            images.hash(),
            encoder(),
            images.features(encoder(), settings.work()),
            settings.batch(),
            "encode " + role,
            settings.listener(),
            settings.stop());
    encoded.put(images.hash(), features);
    return features;
  }

  /**
   * Refuses features with a value that is no number.
   *
   * @param where names them in the message
   */
  Features checked(Features features, String where) {
    if (!finite.add(where)) {
      return features;
    }
    for (long first = 0; first < features.rows(); first += ROWS) {
      int count = (int) Math.min(ROWS, features.rows() - first);
      try (Scope scope = Scope.open()) {
        Tensor fine = features.block(first, count).isfinite().all(1, false); // [n]
        if (!fine.all().item_bool()) {
          long row = first + fine.logical_not().nonzero().select(0, 0).item_long();
          throw new IllegalArgumentException(
              String.format(
                  "%s: the feature of %s (row %d) has a value that is NaN or infinite; expected"
                      + " finite numbers. Is the weights file damaged, or the image? Encode again.",
                  where, features.ids().get((int) row), row));
        }
      }
    }
    return features;
  }

  /** What to say of images that the encoder gets larger than they are. */
  Optional<String> enlarged(ImageSide images, String role) {
    return images.enlargedBy(encoder()).map(note -> role + ": " + note);
  }

  @Override
  public void close() {
    encoded.values().forEach(Features::close);
    if (encoder != null) {
      encoder.close();
    }
  }
}
