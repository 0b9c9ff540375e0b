package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.MaskRule;
import io.winnow.diffusion.TokenMask;
import io.winnow.model.mdt.Mdt;
import io.winnow.model.mdt.MdtConfig;
import io.winnow.model.mdt.PositionTable;
import io.winnow.tensor.Tensors;
import io.winnow.weights.StateDict;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** The masked diffusion transformer: forward passes, masks, position tables. */
final class MdtGolden {
  private static final String INDEX = "relative_position_index";

  private MdtGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "mdt", MdtGolden::forward,
        "mdt_pos_embed", MdtGolden::positions,
        "mdt_mask_len", MdtGolden::lengths);
  }

  private static void forward(Fixture fixture) {
    Mdt net = network(fixture);
    if (fixture.config().has("parameters")) {
      assertThat(net.parameterCount()).isEqualTo(fixture.config().get("parameters").asLong());
    }
    net.train(false);
    Tensor x = fixture.in("x");
    Tensor t = fixture.in("t");
    Condition condition = Condition.ofClasses(fixture.in("y"));
    TokenMask mask = fixture.has("in.mask_noise") ? mask(fixture, net) : null;
    try (NoGradGuard guard = new NoGradGuard()) {
      for (String output : fixture.outputs()) {
        switch (output) {
          case "full" -> fixture.compare(output, net.predict(x, t, condition));
          case "masked" -> fixture.compare(output, net.predictMasked(x, t, condition, mask));
          default -> throw new IllegalArgumentException(fixture.name() + ": output " + output);
        }
      }
    }
  }

  /** The network, with the position indices that its file holds compared with its own. */
  static Mdt network(Fixture fixture) {
    Mdt net = new Mdt(MdtConfig.fromJson(fixture.config()));
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
    TokenMask mask = TokenMask.of(fixture.in("mask_noise"), rule.kept(tokens, u));
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
      String[] parts = output.split("_");
      int grid = Integer.parseInt(parts[parts.length - 1]);
      if (output.startsWith(INDEX)) {
        assertThat(Tensors.longs(PositionTable.relativeIndex(grid)))
            .containsExactly(Tensors.longs(fixture.out(output)));
      } else {
        int width = Integer.parseInt(parts[parts.length - 2]);
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
