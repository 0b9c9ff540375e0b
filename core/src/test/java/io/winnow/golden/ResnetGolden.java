package io.winnow.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.data.Image;
import io.winnow.data.Planes;
import io.winnow.encode.Classifier;
import io.winnow.encode.ClassifierTraining;
import io.winnow.encode.EncodeConfig;
import io.winnow.encode.Encoder;
import io.winnow.encode.Encoders;
import io.winnow.files.AtomicFolder;
import io.winnow.model.ImageClassifier;
import io.winnow.model.resnet.CifarResNet18;
import io.winnow.model.resnet.TorchvisionResNet;
import io.winnow.model.resnet.TorchvisionResNet.Depth;
import io.winnow.optim.Sgd;
import io.winnow.tensor.Layout;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The residual networks: evaluation, as loaded and with folded norms, and two training steps. */
final class ResnetGolden {
  private ResnetGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "cifar_resnet18",
        f -> evaluate(f, CifarResNet18.like(f.weights())),
        "torchvision_resnet18",
        f -> evaluate(f, torchvision(Depth.RESNET_18, f)),
        "torchvision_resnet50",
        f -> evaluate(f, torchvision(Depth.RESNET_50, f)),
        "resnet18",
        ResnetGolden::resnet18,
        "resnet18_train",
        ResnetGolden::resnet18Train,
        "resnet_cifar",
        ResnetGolden::akamaster);
  }

  private static ImageClassifier torchvision(Depth depth, Fixture fixture) {
    return new TorchvisionResNet(depth, fixture.config().path("num_classes").asInt(1000));
  }

  private static void resnet18(Fixture fixture) {
    ImageClassifier net =
        fixture.config().get("variant").asText().equals("cifar")
            ? CifarResNet18.like(fixture.weights())
            : torchvision(Depth.RESNET_18, fixture);
    GoldenWeights.load(net, CifarResNet18.canonicalNames(fixture.weights()), fixture.name());
    both(net, () -> compare(fixture, net, "", fixture.there("image")));
  }

  private static void resnet18Train(Fixture fixture) {
    JsonNode config = fixture.config();
    ImageClassifier net =
        config.get("variant").asText().equals("cifar")
            ? CifarResNet18.like(fixture.weights())
            : torchvision(Depth.RESNET_18, fixture);
    GoldenWeights.load(net, CifarResNet18.canonicalNames(fixture.weights()), fixture.name());
    GoldenDevice.or(Layout.NCHW).place(net);
    net.train(true);
    Sgd.Rule rule =
        new Sgd.Rule(
            config.get("momentum").asDouble(),
            config.get("weight_decay").asDouble(),
            config.get("nesterov").asBoolean());
    double[] losses = new double[config.get("steps").asInt()];
    try (Sgd sgd = new Sgd(net.parameters(), rule)) {
      for (int i = 0; i < losses.length; i++) {
        Tensor logits = net.logits(net.features(fixture.there("image").select(0, i))); // [B, K]
        Tensor loss =
            ClassifierTraining.loss(
                logits,
                fixture.there("label").select(0, i),
                config.get("label_smoothing").asDouble());
        sgd.clearGradients();
        loss.backward();
        sgd.step(sgd.gradients(), config.get("lr").asDouble());
        losses[i] = loss.item_double();
      }
    }
    fixture.compare("loss", Tensors.of(losses, losses.length));
    LongOptional all = new LongOptional();
    long stride = config.get("stride").asLong();
    net.state()
        .forEach(
            (name, tensor) -> {
              if (fixture.has("out.state." + name)) {
                Tensor flat = tensor.detach().contiguous().flatten();
                fixture.compareRelative(
                    "state." + name,
                    flat.slice(0, all, all, stride),
                    GoldenDevice.trainedLimit(fixture.relL2()));
              }
            });
  }

  private static void evaluate(Fixture fixture, ImageClassifier net) {
    GoldenWeights.load(net, CifarResNet18.canonicalNames(fixture.weights()), fixture.name());
    both(
        net,
        () -> {
          for (JsonNode name : fixture.json().get("inputs")) {
            compare(fixture, net, name.asText() + "_", fixture.there(name.asText()));
          }
        });
  }

  /** As loaded, and as the encoders run it: NHWC, with the norms folded. */
  private static void both(ImageClassifier net, Runnable comparison) {
    net.train(false);
    try (NoGradGuard guard = new NoGradGuard()) {
      GoldenDevice.or(Layout.NCHW).place(net);
      comparison.run();
      GoldenDevice.or(Layout.CHANNELS_LAST).place(net);
      net.fold();
      comparison.run();
    }
  }

  private static void compare(Fixture fixture, ImageClassifier net, String prefix, Tensor x) {
    try (Scope scope = Scope.open()) {
      Tensor features = net.features(x); // [B, D]
      Tensor logits = net.logits(features); // [B, K]
      fixture.compare(
          prefix + "features", GoldenWeights.like(features, fixture, prefix + "features"));
      fixture.compare(prefix + "logits", GoldenWeights.like(logits, fixture, prefix + "logits"));
    }
  }

  /** From pixels through the encoder of that name, as it ships. */
  private static void akamaster(Fixture fixture) throws IOException {
    Path temporary = Files.createTempDirectory("winnow-golden");
    String arch = fixture.config().get("arch").asText();
    try (Encoder encoder =
        Encoders.open(
            EncodeConfig.of(arch + "-cifar", checkpoint(fixture, temporary).toString()),
            null,
            new Device(torch.DeviceType.CPU),
            0)) {
      List<Image> images = images(fixture);
      Tensor expected = fixture.out("normalized");
      TensorVector prepared = new TensorVector();
      for (int i = 0; i < expected.size(0); i++) {
        prepared.push_back(encoder.prepare(images.get(i)));
      }
      LongOptional all = new LongOptional();
      long stride = 32 / expected.size(3);
      Tensor normalized = torch.stack(prepared, 0); // [N, 3, 32, 32]
      fixture.compare(
          "normalized", normalized.slice(2, all, all, stride).slice(3, all, all, stride));
      fixture.compare("features", encoder.encode(images));
      fixture.compare("logits", ((Classifier) encoder).logits(images));
    } finally {
      AtomicFolder.delete(temporary);
    }
  }

  /** The file that the fixture names, or one of its own weights. */
  private static Path checkpoint(Fixture fixture, Path temporary) {
    if (fixture.config().has("checkpoint")) {
      return GoldenWeights.shared(fixture, fixture.config().get("checkpoint").asText());
    }
    Path file = temporary.resolve("filled.safetensors");
    Safetensors.write(file, fixture.weights(), Map.of());
    return file;
  }

  private static List<Image> images(Fixture fixture) {
    List<Image> images = new ArrayList<>();
    for (int i = 0; i < fixture.config().path("fill_images").size(); i++) {
      images.add(PreprocessGolden.picture(fixture, "image" + i));
    }
    if (images.isEmpty()) {
      Tensor pixels = fixture.in("image_u8"); // [N, 3, H, W]
      byte[] planes = Tensors.bytes(pixels);
      for (int i = 0; i < pixels.size(0); i++) {
        images.add(Planes.image(planes, i, (int) pixels.size(2), (int) pixels.size(3)));
      }
    }
    return images;
  }
}
