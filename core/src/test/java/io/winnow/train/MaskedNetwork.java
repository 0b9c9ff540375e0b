package io.winnow.train;

import io.winnow.diffusion.Condition;
import io.winnow.diffusion.MaskRule;
import io.winnow.diffusion.MaskedDenoiser;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.TokenMask;
import io.winnow.model.mdt.Mdt;
import io.winnow.model.mdt.MdtConfig;
import io.winnow.model.mdt.MdtVersion;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A tiny masked transformer of the 16 x 16 images of {@link TrainRun}, which notes its questions.
 */
final class MaskedNetwork implements TestNetwork, MaskedDenoiser {
  private final Mdt mdt;

  /** Questions in their order. */
  final List<Question> questions = new ArrayList<>();

  /** One of them; {@code kept} is null for a pass over all tokens. */
  @SuppressWarnings("ArrayRecordComponent") // a note, never compared
  record Question(float[] xt, double[] t, long[] y, long[] kept, boolean training) {}

  MaskedNetwork(MdtVersion version) {
    mdt =
        new Mdt(new MdtConfig(version, 16, 4, 3, 16, 4, 2, 4, TrainRun.CLASSES, 0.1, true, 0.3, 2));
    mdt.initAsTorch(5);
  }

  Mdt mdt() {
    return mdt;
  }

  @Override
  public Prediction predict(Tensor xt, Tensor t, Condition condition) {
    note(xt, t, condition, null);
    return mdt.predict(xt, t, condition);
  }

  @Override
  public Prediction predictMasked(Tensor xt, Tensor t, Condition condition, TokenMask mask) {
    note(xt, t, condition, Tensors.longs(mask.kept()));
    return mdt.predictMasked(xt, t, condition, mask);
  }

  private void note(Tensor xt, Tensor t, Condition condition, long[] kept) {
    questions.add(
        new Question(
            Tensors.floats(xt),
            Tensors.doubles(t),
            Tensors.longs(condition.labels()),
            kept,
            mdt.training()));
  }

  @Override
  public int tokens() {
    return mdt.tokens();
  }

  @Override
  public MaskRule maskRule() {
    return mdt.maskRule();
  }

  @Override
  public Map<String, Tensor> parameters() {
    return mdt.parameters();
  }

  @Override
  public Map<String, Tensor> buffers() {
    return mdt.buffers();
  }

  @Override
  public void train(boolean training) {
    mdt.train(training);
  }
}
