package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.HybridObjective;
import io.winnow.diffusion.MaskRule;
import io.winnow.diffusion.MaskedObjective;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Outputs;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.Passes;
import io.winnow.diffusion.PowerCosineGuided;
import io.winnow.diffusion.StepDraw;
import io.winnow.diffusion.TokenMask;
import io.winnow.model.mdt.Mdt;
import io.winnow.model.mdt.MdtJson;
import io.winnow.model.mdt.PositionTable;
import io.winnow.tensor.Layout;
import io.winnow.tensor.Tensors;
import io.winnow.train.GivenTraining;
import io.winnow.weights.StateDict;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The masked diffusion transformer: forward passes, masks, position tables. */
final class MdtGolden {
  private static final String INDEX = "relative_position_index";

  private MdtGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "mdt", MdtGolden::forward,
        "mdt_pos_embed", MdtGolden::positions,
        "mdt_mask_len", MdtGolden::lengths,
        "mdt_train_loss", MdtGolden::trainLoss);
  }

  private static void forward(Fixture fixture) {
    Mdt net = GoldenDevice.placed(network(fixture));
    if (fixture.config().has("parameters")) {
      assertThat(net.parameterCount()).isEqualTo(fixture.config().get("parameters").asLong());
    }
    net.train(false);
    Tensor x = fixture.there("x");
    Tensor t = fixture.there("t");
    Condition condition = Condition.ofClasses(fixture.there("y"));
    TokenMask mask = fixture.has("in.mask_noise") ? mask(fixture, net) : null;
    try (NoGradGuard guard = new NoGradGuard()) {
      for (String output : fixture.outputs()) {
        switch (output) {
          case "full" -> fixture.compare(output, Outputs.of(net.predict(x, t, condition)));
          case "masked" ->
              fixture.compare(output, Outputs.of(net.predictMasked(x, t, condition, mask)));
          case "cfg" ->
              fixture.compare(output, Outputs.of(guided(net, fixture).both(x, t, condition)));
          case "cfg_uncombined" -> fixture.compare(output, twice(net, x, t, condition));
          default -> throw new IllegalArgumentException(fixture.name() + ": output " + output);
        }
      }
    }
  }

  /** The published guidance by a fixture's keys. */
  static PowerCosineGuided guided(Mdt net, Fixture fixture) {
    return new PowerCosineGuided(net, rule(fixture), net.config().numClasses());
  }

  static PowerCosineGuided.Rule rule(Fixture fixture) {
    JsonNode config = fixture.config();
    return new PowerCosineGuided.Rule(
        config.path("cfg_scale").asDouble(3.8),
        config.path("scale_pow").asDouble(4),
        config.path("diffusion_steps").asInt(1000),
        PowerCosineGuided.PUBLISHED_CHANNELS);
  }

  private static Tensor twice(Mdt net, Tensor x, Tensor t, Condition condition) {
    Condition both = condition.followedBy(condition.withoutClass(net.config().numClasses()));
    return Outputs.of(net.predict(cat(x, x), cat(t, t), both));
  }

  private static Tensor cat(Tensor a, Tensor b) {
    return torch.cat(new TensorVector(a, b), 0);
  }

  private static void trainLoss(Fixture fixture) {
    Mdt net = GoldenDevice.placed(network(fixture));
    HybridObjective hybrid = hybrid(fixture);
    MaskedObjective objective = new MaskedObjective(hybrid, net);
    StepDraw draw =
        new StepDraw(
            fixture.in("t"),
            pass(fixture, net, "full"),
            pass(fixture, net, "masked"),
            objective.mask(
                fixture.in("mask_noise"), Tensors.floats(fixture.in("mask_ratio_u"))[0]));
    GivenTraining.Differentiated update =
        GivenTraining.differentiated(
            net, objective, fixture.there("x0"), draw, GoldenDevice.or(Layout.NCHW));
    Passes.Answers answers = update.answers();
    Map<String, Tensor> ours = new LinkedHashMap<>();
    put("full_", hybrid.terms(answers.full(), update.passes().full()), ours);
    put("masked_", hybrid.terms(answers.masked(), update.passes().masked()), ours);
    ours.put("loss", update.loss().reshape(1));
    net.parameters().forEach((name, parameter) -> ours.put("grad." + name, parameter.grad()));
    for (String output : fixture.outputs()) {
      assertThat(ours).as(fixture.name()).containsKey(output);
      fixture.compare(output, ours.get(output).reshape(fixture.out(output).shape()));
    }
  }

  private static StepDraw.Pass pass(Fixture fixture, Mdt net, String name) {
    Condition told =
        Condition.ofClasses(fixture.in("y"))
            .dropped(
                fixture.in("drop_u_" + name),
                net.config().classDropoutProb(),
                net.config().numClasses());
    return new StepDraw.Pass(told, fixture.in("noise_" + name));
  }

  private static void put(String prefix, HybridObjective.Terms terms, Map<String, Tensor> into) {
    into.put(prefix + "mse", terms.mse());
    into.put(prefix + "vb", terms.vb());
    into.put(prefix + "loss", terms.mse().add(terms.vb()));
  }

  /** Version 2 weights the squared error by min-SNR-5. */
  private static HybridObjective hybrid(Fixture fixture) {
    Double minSnr = fixture.config().get("version").asInt() == 2 ? 5.0 : null;
    NoiseSchedule schedule = new NoiseSchedule(IddpmGolden.schedule(fixture.config()));
    return new HybridObjective(Parameterization.EPS, schedule, minSnr);
  }

  /** The network, with the position indices that its file holds compared with its own. */
  static Mdt network(Fixture fixture) {
    Mdt net = new Mdt(MdtJson.read(fixture.config()));
    Map<String, Tensor> weights = fixture.weights();
    net.buffers()
        .forEach(
            (name, own) -> {
              if (weights.containsKey(name)) {
                assertThat(Tensors.longs(own))
                    .as(name)
                    .containsExactly(Tensors.longs(weights.get(name)));
              }
            });
    StateDict.load(net.state(), weights, fixture.name(), StateDict.Ignore.ending(INDEX));
    return net;
  }

  /** The mask of the recorded draws; what the peer derived from them is compared. */
  static TokenMask mask(Fixture fixture, Mdt net) {
    MaskRule rule = net.maskRule();
    float u = Tensors.floats(fixture.in("mask_ratio_u"))[0];
    int tokens = Math.toIntExact(fixture.in("mask_noise").size(1));
    TokenMask mask = TokenMask.of(fixture.there("mask_noise"), rule.kept(tokens, u));
    Map<String, Tensor> derived =
        Map.of("ids_keep", mask.kept(), "ids_restore", mask.restore(), "mask", mask.removed());
    derived.forEach(
        (name, own) -> {
          if (fixture.has("in." + name)) {
            assertThat(Tensors.doubles(own))
                .as("%s %s", fixture.name(), name)
                .containsExactly(Tensors.doubles(fixture.in(name)));
          }
        });
    return mask;
  }

  private static void positions(Fixture fixture) {
    for (String output : fixture.outputs()) {
      List<String> parts = List.of(output.split("_", -1));
      int grid = Integer.parseInt(parts.get(parts.size() - 1));
      if (output.startsWith(INDEX)) {
        assertThat(Tensors.longs(PositionTable.relativeIndex(grid)))
            .containsExactly(Tensors.longs(fixture.out(output)));
      } else {
        int width = Integer.parseInt(parts.get(parts.size() - 2));
        Tensor table = PositionTable.sinCos(width, grid).squeeze(0); // [L, D]
        boolean sliced = table.size(0) != fixture.out(output).size(0);
        fixture.compare(output, sliced ? every(every(table, 0, 5), 1, 3) : table);
      }
    }
  }

  private static Tensor every(Tensor table, long dim, long step) {
    return table.slice(dim, new LongOptional(0), new LongOptional(table.size(dim)), step);
  }

  private static void lengths(Fixture fixture) {
    float[] draws = Tensors.floats(fixture.in("u"));
    for (JsonNode ratio : fixture.config().get("mask_ratio")) {
      String percent = Long.toString(Math.round(100 * ratio.asDouble()));
      for (JsonNode tokens : fixture.config().get("L")) {
        MaskRule rule = MaskRule.drawn(ratio.asDouble());
        long[] kept = new long[draws.length];
        for (int i = 0; i < kept.length; i++) {
          kept[i] = rule.kept(tokens.asInt(), draws[i]);
        }
        compareLengths(fixture, "len_keep_L" + tokens.asInt() + "_r" + percent, kept);
      }
      MaskRule constant = MaskRule.constant(ratio.asDouble());
      JsonNode all = fixture.config().get("L");
      long[] kept = new long[all.size()];
      for (int i = 0; i < kept.length; i++) {
        kept[i] = constant.kept(all.get(i).asInt(), 0);
      }
      compareLengths(fixture, "len_keep_v1_r" + percent, kept);
    }
  }

  private static void compareLengths(Fixture fixture, String output, long[] kept) {
    List<String> outputs = fixture.outputs();
    if (outputs.contains(output)) {
      fixture.compare(output, Tensors.of(kept, kept.length));
    }
  }
}
