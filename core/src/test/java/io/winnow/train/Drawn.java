package io.winnow.train;

import io.winnow.tensor.Tensors;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** A copy of what a step was given, as plain arrays. */
@SuppressWarnings("ArrayRecordComponent") // looked at, never compared
record Drawn(
    long step, int[] indices, int[] groups, byte[] images, long[] t, long[] y, float[] eps) {
  static Drawn of(StepInputs inputs) {
    Tensor labels = inputs.draw().full().condition().labels();
    return new Drawn(
        inputs.step(),
        inputs.indices().clone(),
        inputs.groups().clone(),
        Tensors.bytes(inputs.stored()),
        Tensors.longs(inputs.draw().t()),
        labels == null ? null : Tensors.longs(labels),
        Tensors.floats(inputs.draw().full().eps()));
  }

  /** Puts a copy of every step's inputs into a list on their way. */
  static UnaryOperator<InputSource> into(List<Drawn> list) {
    return source ->
        step -> {
          StepInputs inputs = source.at(step);
          list.add(Drawn.of(inputs));
          return inputs;
        };
  }

  int size() {
    return indices.length;
  }

  byte[] image(int sample) {
    int pixels = images.length / size();
    return java.util.Arrays.copyOfRange(images, sample * pixels, (sample + 1) * pixels);
  }
}
