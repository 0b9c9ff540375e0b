package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.config.OrNull;
import io.winnow.data.Image;
import io.winnow.encode.Classifier;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.Tensor;

/**
 * An encoder whose features are the red and the green of an image's first pixel, over 100; as a
 * classifier it takes the largest of the first pixel's colours for the class.
 *
 * @param weights stands for the file: encoders with the same one are the same network
 */
record CornerEncoder(String name, String weights, List<String> classes, AtomicInteger closed)
    implements Classifier {
  CornerEncoder(String name) {
    this(name, "weights of " + name, List.of(), new AtomicInteger());
  }

  /**
   * An evaluation that looks through encoders of this kind, and works in a folder.
   *
   * @param asked gets the name of every encoder that is looked for
   */
  static EvaluationSettings settings(Path folder, @OrNull String chosen, List<String> asked) {
    return new EvaluationSettings(
        name -> {
          asked.add(name);
          return () -> new CornerEncoder(name);
        },
        chosen,
        null,
        4,
        folder.resolve("work"),
        folder.resolve("pictures"),
        0,
        "float32",
        Progress.SILENT,
        () -> false);
  }

  @Override
  public EncoderIdentity identity() {
    return new EncoderIdentity(name, "corner", weights, "as it is", 2);
  }

  @Override
  public Tensor prepare(Image image) {
    float[] values = new float[3 * 4];
    for (int i = 0; i < values.length; i++) {
      values[i] = (image.rgb()[i] & 0xff) / 100f;
    }
    return Tensors.of(values, 3, 2, 2);
  }

  @Override
  public Tensor encodePrepared(Tensor batch, long[] indices) {
    try (Scope scope = Scope.open()) {
      return scope.keep(batch.flatten(1, -1).narrow(1, 0, 2).contiguous());
    }
  }

  @Override
  public Tensor logits(List<Image> images) {
    float[] values = new float[3 * images.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = images.get(i / 3).rgb()[i % 3] & 0xff;
    }
    return Tensors.of(values, images.size(), 3);
  }

  @Override
  public int[] classify(List<Image> images) {
    return images.stream().mapToInt(CornerEncoder::brightest).toArray();
  }

  private static int brightest(Image image) {
    int best = 0;
    for (int k = 1; k < 3; k++) {
      best = (image.rgb()[k] & 0xff) > (image.rgb()[best] & 0xff) ? k : best;
    }
    return best;
  }

  @Override
  public void close() {
    closed.incrementAndGet();
  }
}
