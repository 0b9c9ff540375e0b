package io.winnow.encode;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.data.Image;
import io.winnow.data.Preprocess;
import io.winnow.model.inception.FidInception;
import io.winnow.tensor.HostCopy;
import org.bytedeco.pytorch.Tensor;

/**
 * The encoder of FID, and what else the same network gives: sFID's features, the Inception Score.
 */
public final class FidEncoder implements Encoder {
  /** Which of the network's outputs is the feature. */
  enum Output {
    POOL("pool3", 2048),
    SPATIAL("mixed_6/conv, first 7 channels", FidInception.SPATIAL);

    private final String description;
    private final int width;

    Output(String description, int width) {
      this.description = description;
      this.width = width;
    }

    String description() {
      return description;
    }

    int width() {
      return width;
    }

    private Tensor of(FidInception network, Tensor x) {
      return this == POOL ? network.features(x) : network.spatial(x);
    }
  }

  private final NetworkEncoder encoder;
  private final FidInception network;
  private final NetworkEncoder.Place place;

  FidEncoder(
      EncoderIdentity identity,
      Preprocess preprocess,
      FidInception network,
      Output output,
      NetworkEncoder.Place place) {
    this.network = network;
    this.place = place;
    encoder =
        new NetworkEncoder(
            identity, preprocess::apply, network::close, (x, i) -> output.of(network, x), place);
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

  /**
   * The head without its bias, from features of this encoder: what the Inception Score is taken of.
   *
   * @param features [B, 2048], float32
   * @return [B, 1008], float32, on the CPU, in the caller's scope
   */
  public Tensor logits(Tensor features) {
    NetworkEncoder.Place rows = new NetworkEncoder.Place(place.device(), Precision.FLOAT32, false);
    return NetworkEncoder.run(features, rows, network::unbiasedLogits);
  }

  @Override
  public void close() {
    encoder.close();
  }
}
