package io.winnow.encode;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.data.Image;
import io.winnow.tensor.HostCopy;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.function.Function;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** An encoder made of a preprocessing and a network in evaluation mode. */
final class NetworkEncoder implements Encoder {
  /** The network's part of the work. */
  @FunctionalInterface
  interface Body {
    /**
     * Reads features.
     *
     * @param x [B, 3, S, S], float32, on the network's device
     * @param indices positions of the images in their data set, [B]
     * @return [B, D] on the same device
     */
    Tensor features(Tensor x, long[] indices);
  }

  /**
   * Where and how a network runs.
   *
   * @param channelsLast whether the network was laid out as NHWC
   */
  record Place(Device device, Precision precision, boolean channelsLast) {}

  private final EncoderIdentity identity;
  private final Function<Image, Tensor> preparation;
  private final Runnable release;
  private final Body body;
  private final Place place;

  /**
   * @param release frees the network
   */
  NetworkEncoder(
      EncoderIdentity identity,
      Function<Image, Tensor> preparation,
      Runnable release,
      Body body,
      Place place) {
    this.identity = identity;
    this.preparation = preparation;
    this.release = release;
    this.body = body;
    this.place = place;
  }

  @Override
  public EncoderIdentity identity() {
    return identity;
  }

  @Override
  public Tensor prepare(Image image) {
    return preparation.apply(image);
  }

  @Override
  public Tensor encodePrepared(Tensor batch, long[] indices) {
    return run(batch, x -> body.features(x, indices));
  }

  @Override
  public HostCopy begin(Tensor batch, long[] indices) {
    return begin(batch, place, x -> body.features(x, indices));
  }

  @Override
  public int ahead() {
    return place.device().is_cpu() ? 0 : 1;
  }

  /** Runs any part of the network on prepared images and brings the result to the CPU. */
  Tensor run(Tensor batch, Function<Tensor, Tensor> network) {
    return run(batch, place, network);
  }

  /** The same in another place, for a part that takes no images. */
  static Tensor run(Tensor batch, Place place, Function<Tensor, Tensor> network) {
    try (HostCopy copy = begin(batch, place, network)) {
      return copy.values().detach();
    }
  }

  private static HostCopy begin(Tensor batch, Place place, Function<Tensor, Tensor> network) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor x = Tensors.sentBeside(batch.to(torch.ScalarType.Float), place.device());
      Tensor laidOut = place.channelsLast() ? x.contiguous(torch.MemoryFormat.ChannelsLast) : x;
      Tensor result = place.precision().run(place.device(), () -> network.apply(laidOut));
      return HostCopy.begin(result.to(torch.ScalarType.Float).contiguous());
    }
  }

  @Override
  public void close() {
    release.run();
  }
}
