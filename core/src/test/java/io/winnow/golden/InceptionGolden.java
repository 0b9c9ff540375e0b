package io.winnow.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.data.Image;
import io.winnow.data.Preprocess;
import io.winnow.model.inception.FidInception;
import io.winnow.model.inception.InceptionV3;
import io.winnow.model.inception.InceptionV3.Input;
import io.winnow.tensor.Layout;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Both Inceptions as the encoders run them: NHWC, with the norms folded. */
final class InceptionGolden {
  private InceptionGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "torchvision_inception_v3", InceptionGolden::torchvision,
        "fid_inception_v3", InceptionGolden::fid);
  }

  private static void torchvision(Fixture fixture) {
    JsonNode config = fixture.config();
    Input input =
        config.get("transform_input").asBoolean() ? Input.IMAGENET_NORMALISED : Input.AS_GIVEN;
    InceptionV3 net = new InceptionV3(config.get("num_classes").asInt(), input);
    GoldenWeights.load(net, fixture.weights(), fixture.name());
    net.train(false);
    GoldenDevice.or(Layout.CHANNELS_LAST).place(net);
    net.fold();
    try (NoGradGuard guard = new NoGradGuard()) {
      for (JsonNode name : fixture.json().get("inputs")) {
        Tensor features = net.features(fixture.there(name.asText()));
        compare(fixture, name.asText() + "_features", features);
        compare(fixture, name.asText() + "_logits", net.logits(features));
      }
    }
  }

  private static void fid(Fixture fixture) {
    FidInception net = new FidInception();
    GoldenWeights.load(net.state(), fixture.weights(), fixture.name());
    net.train(false);
    GoldenDevice.or(Layout.CHANNELS_LAST).place(net);
    net.fold();
    Preprocess preprocess = Preprocess.named(pipeline(fixture));
    for (JsonNode name : fixture.json().get("inputs")) {
      try (Scope scope = Scope.open();
          NoGradGuard guard = new NoGradGuard()) {
        Tensor in = fixture.in(name.asText());
        Tensor x =
            fixture.config().path("prepared").asBoolean()
                ? in
                : preprocess.apply(image(in)).unsqueeze(0);
        FidInception.Outputs outputs = net.outputs(GoldenDevice.sent(x));
        Map.of(
                "pool64", outputs.pool64(),
                "pool192", outputs.pool192(),
                "pool768", outputs.pool768(),
                "pool2048", outputs.pool2048(),
                "spatial", strided(outputs.spatial(), fixture, name.asText() + "_spatial"),
                "logits_unbiased",
                    strided(outputs.logits(), fixture, name.asText() + "_logits_unbiased"))
            .forEach((output, ours) -> compare(fixture, name.asText() + "_" + output, ours));
      }
    }
  }

  private static void compare(Fixture fixture, String output, Tensor ours) {
    if (fixture.outputs().contains(output)) {
      fixture.compare(output, GoldenWeights.like(ours, fixture, output));
    }
  }

  /** Which of the three resizes, from the configuration's words. */
  private static String pipeline(Fixture fixture) {
    String words = fixture.config().path("preprocess").asText("").toLowerCase(Locale.ROOT);
    if (words.contains("pillow")) {
      return "clean_fid_299";
    }
    return words.contains("tensorflow") ? "torch_fidelity_299" : "pytorch_fid_299";
  }

  /** Every n-th value, where the fixture stores no more. */
  private static Tensor strided(Tensor ours, Fixture fixture, String output) {
    if (!fixture.outputs().contains(output)) {
      return ours;
    }
    long stored = fixture.out(output).numel();
    LongOptional all = new LongOptional();
    return ours.slice(1, all, all, (ours.size(1) + stored - 1) / stored);
  }

  private static Image image(Tensor hwc) {
    return new Image(
        Math.toIntExact(hwc.size(1)), Math.toIntExact(hwc.size(0)), Tensors.bytes(hwc));
  }
}
