package io.winnow.model.resnet;

import io.winnow.model.ImageClassifier;
import io.winnow.nn.Layer;
import io.winnow.nn.Linear;
import io.winnow.tensor.Shapes;
import org.bytedeco.pytorch.Tensor;

/** A residual body and a linear head on the mean over the image: what the architectures share. */
abstract class ResNet extends Layer implements ImageClassifier {
  private final ResidualBody body;
  private final Linear head;
  private final int classCount;

  /**
   * @param headName key of the head in a state dict
   */
  ResNet(ResidualBody body, String headName, int classCount) {
    this.body = child("", body);
    this.head = child(headName, new Linear(body.dimension(), classCount, true));
    this.classCount = classCount;
  }

  /** What happens to the stem's output, [B, W, H, W'], before the first stage. */
  Tensor pooled(Tensor stem) {
    return stem;
  }

  @Override
  public final Tensor features(Tensor x) {
    Shapes.require(x, getClass().getSimpleName() + " x", Shapes.ANY, 3, Shapes.ANY, Shapes.ANY);
    return body.stages(pooled(body.stem(x))); // [B, D]
  }

  @Override
  public final Tensor logits(Tensor features) {
    return head.forward(features); // [B, K]
  }

  @Override
  public final int dimension() {
    return body.dimension();
  }

  @Override
  public final int classCount() {
    return classCount;
  }
}
