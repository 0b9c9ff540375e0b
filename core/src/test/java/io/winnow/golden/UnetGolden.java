package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Noised;
import io.winnow.diffusion.Objective;
import io.winnow.diffusion.Outputs;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.model.ModelFolder;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dJson;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import io.winnow.weights.StateDict;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** The U-Net: forward pass, gradients, checkpoint folders. */
final class UnetGolden {
  private UnetGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "unet2d", UnetGolden::forward,
        "unet2d_grad", UnetGolden::gradients,
        "diffusers_checkpoint", UnetGolden::checkpoint);
  }

  private static void forward(Fixture fixture) {
    UNet2d net = network(fixture, fixture.config());
    net.train(false);
    for (Compute compute : GoldenDevice.layouts()) {
      compute.place(net);
      try (Scope scope = Scope.open();
          NoGradGuard guard = new NoGradGuard()) {
        fixture.compare("sample", predict(net, fixture));
      }
    }
  }

  private static void gradients(Fixture fixture) {
    GoldenDevice.layouts().forEach(compute -> gradients(fixture, compute));
  }

  private static void gradients(Fixture fixture, Compute compute) {
    JsonNode config = fixture.config();
    UNet2d net = network(fixture, config);
    compute.place(net);
    Objective objective = Objective.eps(new NoiseSchedule(schedule(config)));
    Objective.Draw draw = new Objective.Draw(fixture.there("timestep"), fixture.there("noise"));
    Noised noised = objective.noised(fixture.there("x0"), condition(fixture), draw);
    Tensor loss = objective.loss(noised.ask(net), noised).mean();
    loss.backward();
    Map<String, Tensor> parameters = net.parameters();
    for (String output : fixture.outputs()) {
      if (output.equals("x_t")) {
        fixture.compare(output, noised.xt());
      } else if (output.equals("loss")) {
        fixture.compare(output, loss.reshape(fixture.out(output).shape()));
      } else {
        String name = output.substring("grad.".length());
        assertThat(parameters).as("%s %s", fixture.name(), output).containsKey(name);
        fixture.compare(output, parameters.get(name).grad());
      }
    }
  }

  private static void checkpoint(Fixture fixture) {
    UNet2d net = GoldenDevice.placed((UNet2d) ModelFolder.read(fixture.folder()).network());
    net.train(false);
    try (NoGradGuard guard = new NoGradGuard()) {
      fixture.compare("sample", predict(net, fixture));
    }
  }

  private static Tensor predict(UNet2d net, Fixture fixture) {
    return Outputs.of(
        net.predict(fixture.there("sample"), fixture.there("timestep"), condition(fixture)));
  }

  private static Condition condition(Fixture fixture) {
    return fixture.has("in.class_labels")
        ? Condition.ofClasses(fixture.there("class_labels"))
        : Condition.none();
  }

  static UNet2d network(Fixture fixture, JsonNode config) {
    UNet2d net = new UNet2d(UNet2dJson.read(config));
    StateDict.load(net.state(), fixture.weights(), fixture.name());
    return net;
  }

  /** The schedule keys that fixtures share with scheduler files. */
  static ScheduleConfig schedule(JsonNode config) {
    int steps = config.path("num_train_timesteps").asInt(1000);
    double first = config.path("beta_start").asDouble(1e-4);
    double last = config.path("beta_end").asDouble(0.02);
    String name = config.path("beta_schedule").asText(config.path("schedule").asText("linear"));
    return switch (name) {
      case "linear" -> new ScheduleConfig.Linear(steps, first, last);
      case "scaled_linear" -> new ScheduleConfig.ScaledLinear(steps, first, last);
      case "cosine", "squaredcos_cap_v2" ->
          new ScheduleConfig.Cosine(
              steps,
              config.path("cosine_s").asDouble(0.008),
              config.path("max_beta").asDouble(0.999));
      default -> throw new IllegalArgumentException("beta schedule " + name);
    };
  }
}
