package io.winnow.encode;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.data.Image;
import io.winnow.model.ImageClassifier;
import io.winnow.tensor.HostCopy;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/** The features of a classifier's last layer but one, and its classes. */
final class ClassifierEncoder implements Classifier {
  private final NetworkEncoder encoder;
  private final ImageClassifier network;
  private final List<String> classes;

  ClassifierEncoder(NetworkEncoder encoder, ImageClassifier network, List<String> classes) {
    this.encoder = encoder;
    this.network = network;
    this.classes = List.copyOf(classes);
  }

  @Override
  public EncoderIdentity identity() {
    return encoder.identity();
  }

  @Override
  public Tensor prepare(Image image) {
    return encoder.prepare(image);
  }

  @Override
  public Tensor encodePrepared(Tensor batch, long[] indices) {
    return encoder.encodePrepared(batch, indices);
  }

  @Override
  public HostCopy begin(Tensor batch, long[] indices) {
    return encoder.begin(batch, indices);
  }

  @Override
  public int ahead() {
    return encoder.ahead();
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public Tensor logits(List<Image> images) {
    try (Scope scope = Scope.open()) {
      Tensor batch = Tensors.stack(images.stream().map(this::prepare).toList());
      return scope.keep(encoder.run(batch, x -> network.logits(network.features(x))));
    }
  }

  @Override
  public int[] classify(List<Image> images) {
    try (Scope scope = Scope.open()) {
      long[] best = Tensors.longs(logits(images).argmax(new LongOptional(1), false)); // [B]
      int[] classIndices = new int[best.length];
      for (int i = 0; i < best.length; i++) {
        classIndices[i] = Math.toIntExact(best[i]);
      }
      return classIndices;
    }
  }

  @Override
  public void close() {
    encoder.close();
  }
}
