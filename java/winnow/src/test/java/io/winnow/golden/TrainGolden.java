package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.diffusion.EpsObjective;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.model.unet.UNet2d;
import io.winnow.tensor.TensorGroup;
import io.winnow.tensor.Tensors;
import io.winnow.train.Adam;
import io.winnow.train.AdamConfig;
import io.winnow.train.Ema;
import io.winnow.train.EmaRule;
import io.winnow.train.GradientClip;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Training steps: loss, clip, warm-up, Adam, both rules of the moving average. */
final class TrainGolden {
  private TrainGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of("train_steps", TrainGolden::steps);
  }

  private static void steps(Fixture fixture) {
    JsonNode config = fixture.config();
    UNet2d net = UnetGolden.network(fixture, config);
    net.train(true);
    NoiseSchedule schedule = new NoiseSchedule(UnetGolden.schedule(config));
    Adam adam = new Adam(net.parameters(), adam(config));
    GradientClip clip = new GradientClip(config.get("max_grad_norm").asDouble());
    double beta = config.get("ema_beta").asDouble();
    Ema ramp = new Ema(net.parameters(), EmaRule.RAMP, beta);
    Ema constant = new Ema(net.parameters(), EmaRule.CONSTANT, beta);
    int steps = config.get("steps").asInt();
    double[] losses = new double[steps];
    double[] norms = new double[steps];
    double[] rates = new double[steps];
    for (int k = 0; k < steps; k++) {
      adam.clearGradients();
      Tensor loss = loss(net, schedule, fixture, k);
      loss.backward();
      TensorGroup gradients = adam.gradients();
      Tensor norm = clip.norm(gradients);
      double warm = config.get("warm_epoch").asDouble();
      int epoch = k / config.get("steps_per_epoch").asInt();
      rates[k] = config.get("lr").asDouble() * Math.min((epoch + 1) / warm, 1);
      adam.step(gradients, rates[k], clip.divisor(norm), null);
      ramp.update(k + 1);
      constant.update(k + 1);
      losses[k] = loss.item_double();
      norms[k] = norm.item_double();
    }
    fixture.compare("loss", Tensors.of(losses, steps));
    fixture.compare("grad_norm", Tensors.of(norms, steps));
    fixture.compare("lr", Tensors.of(rates, steps));
    compare(fixture, "param.", net.parameters());
    compare(fixture, "ema_pytorch.", ramp.weights());
    compare(fixture, "ema_constant.", constant.weights());
    compareUpdate(fixture, net.parameters());
  }

  private static AdamConfig adam(JsonNode config) {
    return new AdamConfig(
        config.get("betas").get(0).asDouble(),
        config.get("betas").get(1).asDouble(),
        config.get("eps").asDouble(),
        config.get("weight_decay").asDouble());
  }

  private static Tensor loss(UNet2d net, NoiseSchedule schedule, Fixture fixture, int k) {
    Tensor eps = fixture.in("noise").select(0, k);
    Tensor t = fixture.in("timestep").select(0, k);
    Tensor xt = schedule.addNoise(fixture.in("x0").select(0, k), eps, t);
    Tensor y = null;
    if (fixture.has("in.class_labels")) {
      // A "draw" of 0 is below any probability, one of 1 below none.
      Tensor draws = fixture.in("drop").select(0, k).eq(new org.bytedeco.pytorch.Scalar(0));
      y =
          EpsObjective.dropLabels(
              fixture.in("class_labels").select(0, k),
              draws.to(torch.ScalarType.Float),
              0.5,
              fixture.config().get("num_classes").asInt());
    }
    return EpsObjective.perSampleLoss(net.predict(xt, t, y), eps).mean();
  }

  private static void compare(Fixture fixture, String prefix, Map<String, Tensor> ours) {
    for (String output : fixture.outputs()) {
      if (output.startsWith(prefix)) {
        fixture.compare(output, ours.get(output.substring(prefix.length())));
      }
    }
  }

  /** The change since the start, all listed parameters as one vector. */
  private static void compareUpdate(Fixture fixture, Map<String, Tensor> ours) {
    Map<String, Tensor> start = new LinkedHashMap<>(fixture.weights());
    double difference = 0;
    double norm = 0;
    for (String output : fixture.outputs()) {
      if (output.startsWith("param.")) {
        String name = output.substring("param.".length());
        double[] from = Tensors.doubles(start.get(name));
        double[] mine = Tensors.doubles(ours.get(name));
        double[] peers = Tensors.doubles(fixture.out(output));
        for (int i = 0; i < from.length; i++) {
          difference += (mine[i] - peers[i]) * (mine[i] - peers[i]);
          norm += (peers[i] - from[i]) * (peers[i] - from[i]);
        }
      }
    }
    double limit = fixture.json().get("tolerance").get("update_rel_l2").asDouble();
    double error = Math.sqrt(difference / norm);
    fixture.report("change of all parameters", "rel_l2", error, limit);
    assertThat(error).isLessThanOrEqualTo(limit);
  }
}
