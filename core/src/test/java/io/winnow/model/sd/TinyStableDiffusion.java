package io.winnow.model.sd;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.model.clip.Activation;
import io.winnow.model.clip.TextTransformer;
import io.winnow.model.clip.TextTransformerConfig;
import io.winnow.model.clip.TinyTokenizer;
import io.winnow.model.unet.TinyCondition;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import java.util.List;

/** A whole model of a few thousand weights for tests: factor 2, texts of 8 tokens. */
final class TinyStableDiffusion {
  private static final int WIDTH = 8;

  private TinyStableDiffusion() {}

  static StableDiffusion model() {
    return new StableDiffusion(
        TinyCondition.network(WIDTH, false), vae(4), text(WIDTH), TinyTokenizer.of(8), scheduler());
  }

  static AutoencoderKl vae(int latent) {
    AutoencoderKl vae =
        new AutoencoderKl(new AutoencoderKlConfig(3, 3, List.of(8, 16), 1, latent, 4, 16, 0.18215));
    vae.initAsTorch(5);
    vae.train(false);
    return vae;
  }

  static TextTransformer text(int width) {
    TextTransformer text =
        new TextTransformer(
            new TextTransformerConfig(
                TinyTokenizer.SIZE, width, 16, 2, 2, 8, Activation.QUICK_GELU, 1e-5, 8, 0, 2, 1));
    text.initAsTorch(4);
    text.train(false);
    return text;
  }

  /** That of the published folders. */
  static SchedulerConfig scheduler() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("_class_name", "PNDMScheduler");
    json.put("beta_start", 0.00085);
    json.put("beta_end", 0.012);
    json.put("beta_schedule", "scaled_linear");
    json.put("set_alpha_to_one", false);
    json.put("skip_prk_steps", true);
    return SchedulerConfig.fromJson(new DiffusersJson("scheduler", json)).forLatents();
  }
}
