package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.model.vae.Posterior;
import io.winnow.nn.Layer;
import io.winnow.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** The parts of Stable Diffusion, each alone. */
final class SdGolden {
  private static final LongOptional ALL = Scope.immortal(new LongOptional());

  private SdGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of("autoencoder_kl", SdGolden::autoencoder);
  }

  /** In either layout of memory. */
  private static void autoencoder(Fixture fixture) {
    AutoencoderKl vae = new AutoencoderKl(AutoencoderKlConfig.fromJson(config(fixture)));
    load(fixture, vae, UnaryOperator.identity());
    autoencoder(fixture, vae);
    vae.channelsLast();
    autoencoder(fixture, vae);
    free(vae);
  }

  private static void autoencoder(Fixture fixture, AutoencoderKl vae) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor moments = vae.moments(fixture.in("x"));
      Posterior posterior = Posterior.of(moments);
      fixture.compare("moments", moments);
      fixture.compare("mean", posterior.mode());
      fixture.compare("logvar", posterior.logvar());
      fixture.compare("std", posterior.std());
      fixture.compare("latents", vae.scaled(posterior.sample(fixture.in("eps"))));
    }
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      boolean divides = fixture.config().get("decode_divides_by_scaling_factor").asBoolean();
      Tensor z = fixture.in("z");
      fixture.compare("decoded", vae.decode(divides ? vae.unscaled(z) : z));
    }
  }

  static DiffusersJson config(Fixture fixture) {
    return new DiffusersJson(fixture.name(), fixture.config());
  }

  /**
   * Tensor by tensor where the fill rule makes them: the large networks need not be there twice.
   *
   * @param names the network's key of a key of the fixture
   */
  static void load(Fixture fixture, Layer network, UnaryOperator<String> names) {
    JsonNode weights = fixture.json().get("weights");
    assertThat(network.parameterCount())
        .isEqualTo(fixture.config().path("parameters").asLong(network.parameterCount()));
    Map<String, Tensor> state = network.state();
    if (weights.isTextual()) {
      GoldenWeights.load(state, renamed(fixture.weights(), names), fixture.name());
    } else {
      List<String> keys = new ArrayList<>();
      weights.get("keys").forEach(key -> keys.add(names.apply(key.get("name").asText())));
      assertThat(keys).containsExactlyInAnyOrderElementsOf(state.keySet());
      for (JsonNode key : weights.get("keys")) {
        try (Scope scope = Scope.open();
            NoGradGuard guard = new NoGradGuard()) {
          state.get(names.apply(key.get("name").asText())).copy_(Fixture.filled(key));
        }
      }
    }
    network.train(false);
  }

  static Map<String, Tensor> renamed(Map<String, Tensor> weights, UnaryOperator<String> names) {
    Map<String, Tensor> renamed = new java.util.LinkedHashMap<>();
    weights.forEach((key, tensor) -> renamed.put(names.apply(key), tensor));
    return renamed;
  }

  static void free(Layer network) {
    network.state().values().forEach(Tensor::close);
  }
}
