package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.model.clip.ClipTokenizer;
import io.winnow.model.clip.TextTransformer;
import io.winnow.model.clip.TextTransformerConfig;
import io.winnow.model.clip.TokenizerFolder;
import io.winnow.model.unet.UNet2dCondition;
import io.winnow.model.unet.UNet2dConditionJson;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.model.vae.Posterior;
import io.winnow.nn.Layer;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** The parts of Stable Diffusion, each alone. */
final class SdGolden {
  private static final LongOptional ALL = Scope.immortal(new LongOptional());

  /** A network of so many weights is not copied into another layout. */
  private static final long LARGE = 500_000_000;

  private SdGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "autoencoder_kl", SdGolden::autoencoder,
        "clip_text", SdGolden::text,
        "clip_tokenizer", SdGolden::tokenizer,
        "unet2d_condition", SdGolden::unet);
  }

  /**
   * In either layout of memory, of which the full-size network has one; with gradients where the
   * fixture has them.
   */
  private static void unet(Fixture fixture) {
    UNet2dCondition net = new UNet2dCondition(UNet2dConditionJson.read(config(fixture)));
    load(fixture, net, UnaryOperator.identity());
    GoldenDevice.placed(net);
    forward(fixture, net);
    if (fixture.outputs().contains("loss")) {
      try (Scope scope = Scope.open()) {
        Tensor loss = ask(fixture, net).sub(fixture.there("target")).square().mean();
        fixture.compare("loss", loss.reshape(fixture.out("loss").shape()));
        loss.backward();
      }
      gradients(fixture, net.parameters());
    }
    if (net.parameterCount() < LARGE) {
      for (Compute compute : GoldenDevice.layouts()) {
        compute.place(net);
        forward(fixture, net);
      }
    }
    free(net);
  }

  private static void forward(Fixture fixture, UNet2dCondition net) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      fixture.compare("sample", ask(fixture, net));
    }
  }

  private static Tensor ask(Fixture fixture, UNet2dCondition net) {
    Tensor states = fixture.there("encoder_hidden_states");
    Condition prompts = Condition.ofPrompts(states, states.narrow(0, 0, 1));
    return net.predict(fixture.there("x"), fixture.there("t"), prompts).value();
  }

  /** A vector that is nearly zero is compared absolutely, as the fixtures' notes say. */
  private static void gradients(Fixture fixture, Map<String, Tensor> parameters) {
    for (String output : fixture.outputs()) {
      if (output.startsWith("grad.")) {
        Tensor gradient = parameters.get(output.substring("grad.".length())).grad();
        double[] peer = Tensors.doubles(fixture.out(output));
        if (Math.sqrt(Arrays.stream(peer).map(v -> v * v).sum()) < 1e-6) {
          double error = Fixture.absolute(Tensors.doubles(gradient), peer);
          fixture.report(output, "abs", error, 1e-6);
          assertThat(error).as(output).isLessThan(1e-6);
        } else {
          fixture.compare(output, gradient);
        }
      }
    }
  }

  private static void text(Fixture fixture) {
    TextTransformer encoder = new TextTransformer(TextTransformerConfig.fromJson(config(fixture)));
    load(fixture, encoder, TextTransformer::publishedName);
    GoldenDevice.placed(encoder);
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor ids = fixture.there("input_ids");
      TextTransformer.States states = encoder.states(ids);
      fixture.compare("last_hidden_state", sliced(fixture, "last_hidden_state", states.last()));
      fixture.compare("penultimate", sliced(fixture, "penultimate", states.penultimate()));
      fixture.compare("pooled", encoder.pooled(ids, states.last()));
    }
    free(encoder);
  }

  /** Every n-th value of the last two dimensions, with n such that the sizes are the stored. */
  private static Tensor sliced(Fixture fixture, String output, Tensor ours) {
    long[] stored = fixture.out(output).shape();
    for (int dim = 1; dim < stored.length; dim++) {
      long step = ours.size(dim) / Math.max(1, stored[dim]);
      ours = everyNth(ours, dim, Math.max(1, step));
    }
    return ours;
  }

  static Tensor everyNth(Tensor tensor, long dim, long n) {
    return tensor.slice(dim, ALL, ALL, n);
  }

  private static void tokenizer(Fixture fixture) throws IOException {
    ClipTokenizer tokenizer = TokenizerFolder.read(fixture.folder());
    List<String> prompts = new ArrayList<>();
    new ObjectMapper()
        .readTree(fixture.folder().resolve(fixture.config().get("prompts").asText()).toFile())
        .forEach(prompt -> prompts.add(prompt.asText()));
    int length = fixture.config().get("model_max_length").asInt();
    long[] ids = new long[prompts.size() * length];
    long[] mask = new long[prompts.size() * length];
    long[] raw = new long[prompts.size()];
    for (int i = 0; i < raw.length; i++) {
      ClipTokenizer.Tokens tokens = tokenizer.encode(prompts.get(i));
      for (int j = 0; j < length; j++) {
        ids[i * length + j] = tokens.ids().get(j);
        mask[i * length + j] = j < tokens.used() ? 1 : 0;
      }
      raw[i] = tokens.rawLength();
    }
    fixture.compare("input_ids", Tensors.of(ids, raw.length, length));
    fixture.compare("attention_mask", Tensors.of(mask, raw.length, length));
    fixture.compare("raw_length", Tensors.of(raw, raw.length));
  }

  /** In every layout of memory. */
  private static void autoencoder(Fixture fixture) {
    AutoencoderKl vae = new AutoencoderKl(AutoencoderKlConfig.fromJson(config(fixture)));
    load(fixture, vae, UnaryOperator.identity());
    for (Compute compute : GoldenDevice.layouts()) {
      compute.place(vae);
      autoencoder(fixture, vae);
    }
    free(vae);
  }

  private static void autoencoder(Fixture fixture, AutoencoderKl vae) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor moments = vae.moments(fixture.there("x"));
      Posterior posterior = Posterior.of(moments);
      fixture.compare("moments", moments);
      fixture.compare("mean", posterior.mode());
      fixture.compare("logvar", posterior.logvar());
      fixture.compare("std", posterior.std());
      fixture.compare("latents", vae.scaled(posterior.sample(fixture.there("eps"))));
    }
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      boolean divides = fixture.config().get("decode_divides_by_scaling_factor").asBoolean();
      Tensor z = fixture.there("z");
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
