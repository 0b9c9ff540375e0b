package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.files.AtomicFolder;
import io.winnow.model.unet.UNet2d;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.EmaRule;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Tensors;
import io.winnow.train.GivenTraining;
import io.winnow.train.TrainConfig;
import io.winnow.train.TrainReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Training steps by the trainer: loss, clip, warm-up, Adam, both rules of the moving average. */
final class TrainGolden {
  private TrainGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of("train_steps", TrainGolden::steps);
  }

  /** Once for each rule of the average; everything else must come out the same. */
  private static void steps(Fixture fixture) throws IOException {
    for (Compute compute : GoldenDevice.layouts()) {
      steps(fixture, compute, EmaRule.RAMP, "ema_pytorch.");
      steps(fixture, compute, EmaRule.CONSTANT, "ema_constant.");
    }
  }

  private static void steps(Fixture fixture, Compute compute, EmaRule rule, String averages)
      throws IOException {
    JsonNode json = fixture.config();
    UNet2d net = UnetGolden.network(fixture, json);
    List<GivenTraining.Given> given = new ArrayList<>();
    int steps = json.get("steps").asInt();
    for (int k = 0; k < steps; k++) {
      given.add(given(fixture, k));
    }
    Path folder = Files.createTempDirectory("train-golden");
    GivenTraining.Outcome outcome =
        GivenTraining.run(
            net,
            new NoiseSchedule(UnetGolden.schedule(json)),
            config(json, rule, (int) given.get(0).x0().size(0)),
            given,
            json.get("steps_per_epoch").asInt(),
            folder,
            compute);
    AtomicFolder.delete(folder);
    List<TrainReport> reports = outcome.reports();
    assertThat(reports).hasSize(steps);
    fixture.compare("loss", column(reports, TrainReport::loss));
    fixture.compare("grad_norm", column(reports, TrainReport::gradNorm));
    fixture.compare("lr", column(reports, TrainReport::learningRate));
    compare(fixture, "param.", net.parameters());
    compare(fixture, averages, outcome.average());
    compareUpdate(fixture, net.parameters());
  }

  private static Tensor column(List<TrainReport> reports, ToDoubleFunction<TrainReport> number) {
    double[] values = reports.stream().mapToDouble(number).toArray();
    return Tensors.of(values, values.length);
  }

  private static TrainConfig config(JsonNode json, EmaRule rule, int batch) {
    return new TrainConfig(
        null,
        json.get("steps").asLong(),
        batch,
        null,
        json.get("lr").asDouble(),
        json.get("warm_epoch").asInt(),
        adam(json),
        null,
        json.get("ema_beta").asDouble(),
        rule,
        json.get("max_grad_norm").asDouble(),
        null,
        null,
        false,
        null,
        TrainConfig.AnnealWeights.OFF,
        TrainConfig.WeightsAs.LOSS,
        new TrainConfig.CheckpointRule(null, null, null),
        1,
        null,
        null);
  }

  private static AdamConfig adam(JsonNode config) {
    return new AdamConfig(
        config.get("betas").get(0).asDouble(),
        config.get("betas").get(1).asDouble(),
        config.get("eps").asDouble(),
        config.get("weight_decay").asDouble());
  }

  private static GivenTraining.Given given(Fixture fixture, int k) {
    Condition condition = Condition.none();
    if (fixture.has("in.class_labels")) {
      // A "draw" of 0 is below any probability, one of 1 below none.
      Tensor draws = fixture.in("drop").select(0, k).eq(new org.bytedeco.pytorch.Scalar(0));
      condition =
          Condition.ofClasses(fixture.in("class_labels").select(0, k))
              .dropped(
                  draws.to(torch.ScalarType.Float),
                  0.5,
                  fixture.config().get("num_classes").asInt());
    }
    return new GivenTraining.Given(
        fixture.in("x0").select(0, k),
        fixture.in("timestep").select(0, k),
        condition,
        fixture.in("noise").select(0, k));
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
    double limit =
        GoldenDevice.updateLimit(fixture.json().get("tolerance").get("update_rel_l2").asDouble());
    double error = Math.sqrt(difference / norm);
    fixture.report("change of all parameters", "rel_l2", error, limit);
    assertThat(error).isLessThanOrEqualTo(limit);
  }
}
