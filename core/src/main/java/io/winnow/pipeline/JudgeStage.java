package io.winnow.pipeline;

import io.winnow.data.Dataset;
import io.winnow.encode.EncodeConfig;
import io.winnow.encode.Encoder;
import io.winnow.encode.Encoders;
import io.winnow.evaluate.FeatureCache;
import io.winnow.pipeline.Judges.Real;
import io.winnow.task.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * What the encoders that judge make of real images: of those that samples are compared with, and of
 * held-out ones. The same for every run that is judged alike, whatever its samples.
 */
final class JudgeStage implements RunStage {
  private final Recipe recipe;
  private final EncodeStage encoding;
  private final RealImages real;
  private final StageInputs inputs;
  private final Judges judges;
  private final Progress listener;
  private final BooleanSupplier stop;

  /**
   * @param encoding gives the recipe's own encoder
   */
  JudgeStage(
      Recipe recipe,
      EncodeStage encoding,
      RealImages real,
      StageInputs inputs,
      Progress listener,
      BooleanSupplier stop) {
    this.recipe = recipe;
    this.encoding = encoding;
    this.real = real;
    this.inputs = inputs;
    this.judges = new Judges(recipe);
    this.listener = listener;
    this.stop = stop;
  }

  /** Opens an encoder that judges; the caller closes it. */
  static Encoder open(Recipe recipe, EncodeStage encoding, String name) {
    if (new Judges(recipe).isSelector(name)) {
      return encoding.open();
    }
    EncodeConfig usual = EncodeConfig.of(name, recipe.evaluate().fileOf(name));
    return Encoders.open(usual, null, encoding.device(), recipe.seed());
  }

  @Override
  public StageId id() {
    return StageId.JUDGE;
  }

  @Override
  public Map<String, String> inputs() {
    return inputs.judge(shown(), real::identity);
  }

  @Override
  public List<Path> outputs() {
    List<Path> folders = new ArrayList<>();
    shown().forEach((name, own) -> own.forEach(one -> folders.add(real.features(one, name))));
    return folders;
  }

  /** What there is of what every encoder is shown: held-out images may be missing. */
  private Map<String, Set<Real>> shown() {
    Map<String, Set<Real>> shown = judges.shown();
    shown.values().forEach(own -> own.removeIf(real::isMissing));
    return shown;
  }

  @Override
  public StageOutcome run() {
    shown().forEach(this::encode);
    return new StageOutcome(0, null);
  }

  @Override
  public void discard() {
    discard(output -> false);
  }

  /**
   * Features say which encoder made them of which images; they do not say whether they are whole.
   */
  @Override
  public void discard(Predicate<Path> unchanged) {
    outputs().stream().filter(Predicate.not(unchanged)).forEach(Leftovers::delete);
  }

  private void encode(String name, Set<Real> shown) {
    try (Encoder encoder = open(recipe, encoding, name)) {
      for (Real one : shown) {
        encode(encoder, name, one);
      }
    }
  }

  private void encode(Encoder encoder, String name, Real one) {
    Dataset opened = real.open(one);
    try {
      FeatureCache.run(
              opened,
              real.identity(one),
              encoder,
              real.features(one, name),
              recipe.encode().batch(),
              "encode " + one,
              listener,
              stop)
          .close();
    } finally {
      if (one != Real.TRAINING) {
        opened.close();
      }
    }
  }
}
