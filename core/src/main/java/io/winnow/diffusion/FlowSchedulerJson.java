package io.winnow.diffusion;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The keys of diffusers' FlowMatchEulerDiscreteScheduler, for straight paths whose times are not
 * shifted. Source: {@code schedulers/scheduling_flow_match_euler_discrete.py}.
 */
final class FlowSchedulerJson {
  static final String CLASS = "FlowMatchEulerDiscreteScheduler";

  private static final String[] FLAGS = {
    "invert_sigmas",
    "stochastic_sampling",
    "use_beta_sigmas",
    "use_dynamic_shifting",
    "use_exponential_sigmas",
    "use_karras_sigmas"
  };

  private FlowSchedulerJson() {}

  /**
   * Refuses what would be sampled in another way.
   *
   * @throws IllegalArgumentException naming the key
   */
  static void read(DiffusersJson json) {
    json.only("num_train_timesteps", 1000, 1000);
    json.only("shift", 1.0, 1.0);
    json.only("shift_terminal", null, (Object) null);
    json.only("time_shift_type", "exponential", "exponential");
    for (String flag : FLAGS) {
      json.only(flag, false, false);
    }
    json.ignore("base_image_seq_len", "base_shift", "max_image_seq_len", "max_shift");
    json.finish();
  }

  /** All keys, in the peer's (alphabetical) order, and the revision that names them so. */
  static ObjectNode write(String version) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("_class_name", CLASS);
    json.put("_diffusers_version", version);
    json.put("base_image_seq_len", 256);
    json.put("base_shift", 0.5);
    json.put("invert_sigmas", false);
    json.put("max_image_seq_len", 4096);
    json.put("max_shift", 1.15);
    json.put("num_train_timesteps", 1000);
    json.put("shift", 1.0);
    json.putNull("shift_terminal");
    json.put("stochastic_sampling", false);
    json.put("time_shift_type", "exponential");
    json.put("use_beta_sigmas", false);
    json.put("use_dynamic_shifting", false);
    json.put("use_exponential_sigmas", false);
    json.put("use_karras_sigmas", false);
    return json;
  }
}
