package io.winnow.bench;

import io.winnow.model.ImageClassifier;
import io.winnow.model.clip.ModifiedResNet;
import io.winnow.model.clip.ModifiedResNetConfig;
import io.winnow.model.inception.FidInception;
import io.winnow.model.inception.InceptionV3;
import io.winnow.model.resnet.CifarResNet18;
import io.winnow.model.resnet.TorchvisionResNet;
import io.winnow.nn.Layer;
import io.winnow.tensor.Compute;
import io.winnow.tensor.ComputeConfig;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Features of a batch of prepared images, copied to the CPU: the work of {@code peer_encode.py}. As
 * the encoders run it: weights as NHWC, batch norms folded.
 */
public final class EncodeBench {
  private final String model;
  private final int side;
  private final Layer network;
  private final UnaryOperator<Tensor> features;

  private EncodeBench(String model, int side, Layer network, UnaryOperator<Tensor> features) {
    this.model = model;
    this.side = side;
    this.network = network;
    this.features = features;
  }

  private static <N extends Layer & ImageClassifier> EncodeBench of(
      String model, int side, N network) {
    return new EncodeBench(model, side, network, network::features);
  }

  private static EncodeBench named(String model) {
    return switch (model) {
      case "cifar_resnet18" -> of(model, 32, new CifarResNet18(64, 10));
      case "resnet18" ->
          of(model, 224, new TorchvisionResNet(TorchvisionResNet.Depth.RESNET_18, 1000));
      case "resnet50" ->
          of(model, 224, new TorchvisionResNet(TorchvisionResNet.Depth.RESNET_50, 1000));
      case "inception_v3" ->
          of(model, 299, new InceptionV3(1000, InceptionV3.Input.IMAGENET_NORMALISED));
      case "fid_inception" -> {
        FidInception network = new FidInception();
        yield new EncodeBench(model, 299, network, network::features);
      }
      case "clip_rn50" -> {
        ModifiedResNet network = new ModifiedResNet(ModifiedResNetConfig.rn50());
        yield new EncodeBench(model, 224, network, network::forward);
      }
      default ->
          throw new IllegalArgumentException(
              model
                  + ": unknown; expected cifar_resnet18, resnet18, resnet50, inception_v3,"
                  + " fid_inception or clip_rn50");
    };
  }

  public static void main(String[] args) {
    Arguments arguments =
        new Arguments(
            args, Set.of("model", "batch", "threads", "steps", "warmup", "device", "dtype"));
    String precision = arguments.text("dtype", "float32").equals("bfloat16") ? "bf16" : "float32";
    Compute compute =
        Compute.of(
            new ComputeConfig(
                arguments.text("device", "cpu"), precision, arguments.text("threads", "1")));
    compute.apply();
    named(arguments.text("model", "cifar_resnet18")).run(arguments, compute);
  }

  private void run(Arguments arguments, Compute compute) {
    int batch = arguments.number("batch", 16);
    initialise();
    compute.place(network);
    network.fold();
    network.train(false);
    Tensor x =
        Scope.immortal(
            compute.images(
                compute.sent(
                    RandomStreams.of(0).normal(new long[] {batch, 3, side, side}, "images"))));
    int warmup = arguments.number("warmup", 2);
    double[] seconds = Line.timed(warmup, arguments.number("steps", 10), () -> step(x, compute));
    new Line("encode_" + model + "_winnow", compute.threads(), warmup, seconds, batch)
        .text("device", compute.cuda() ? "cuda" : "cpu")
        .text("dtype", compute.bf16() ? "bfloat16" : "float32")
        .number("side", side)
        .print();
  }

  private void step(Tensor x, Compute compute) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard();
        Compute.Autocast region = compute.autocast()) {
      float[] rows = Tensors.floats(features.apply(x));
      if (!Float.isFinite(rows[0])) {
        throw new IllegalStateException("the features are not finite");
      }
    }
  }

  /** Values as large as trained ones: the time of a convolution of zeros is not that of numbers. */
  private void initialise() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      RandomStreams streams = RandomStreams.of(1);
      int index = 0;
      for (Tensor weight : network.parameters().values()) {
        index++;
        if (weight.dim() >= 2) {
          double fan = (double) weight.numel() / weight.size(0);
          Tensor normal = streams.normal(weight.shape(), "weights", index);
          weight.copy_(normal.mul_(new Scalar(Math.sqrt(2 / fan))));
        }
      }
    }
  }
}
