package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.optim.Adan;
import io.winnow.optim.AdanConfig;
import io.winnow.optim.GradientClip;
import io.winnow.tensor.Scope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Adan, by its plain step and by the one that tolerates parameters without a gradient. */
final class AdanGolden {
  private AdanGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of("adan", AdanGolden::steps);
  }

  private static void steps(Fixture fixture) {
    Set<Integer> without = new HashSet<>();
    fixture.config().path("no_grad_steps_of_c").forEach(step -> without.add(step.asInt()));
    steps(fixture, without, true);
    if (without.isEmpty()) {
      steps(fixture, without, false);
    }
  }

  private static void steps(Fixture fixture, Set<Integer> without, boolean tolerant) {
    JsonNode config = fixture.config();
    double maxNorm = config.path("max_grad_norm").asDouble(0);
    double eps = config.get("eps").asDouble();
    GradientClip clip = maxNorm > 0 ? new GradientClip(maxNorm, eps) : null;
    Map<String, Tensor> parameters = parameters(fixture);
    Map<String, List<Tensor>> path = new LinkedHashMap<>();
    parameters.keySet().forEach(name -> path.put(name, new ArrayList<>()));
    try (Adan adan = new Adan(parameters, config(config))) {
      int steps = Math.toIntExact(fixture.in("a_grads").size(0));
      for (int k = 0; k < steps; k++) {
        adan.clearGradients();
        for (Map.Entry<String, Tensor> parameter : parameters.entrySet()) {
          String name = parameter.getKey();
          if (!name.equals("c") || !without.contains(k)) {
            Tensor gradient = fixture.in(name + "_grads").select(0, k).clone();
            parameter.getValue().mutable_grad().put(gradient);
          }
        }
        Tensor divisor = clip == null ? null : clip.divisor(clip.norm(adan.reached()));
        double rate = config.get("lr").asDouble();
        if (tolerant) {
          adan.stepReached(rate, divisor);
        } else {
          adan.step(adan.gradients(), rate, divisor, null);
        }
        parameters.forEach((name, p) -> path.get(name).add(p.detach().clone()));
      }
      compare(fixture, path, adan.state());
    }
  }

  private static void compare(
      Fixture fixture, Map<String, List<Tensor>> path, Map<String, Tensor> state) {
    for (String output : fixture.outputs()) {
      String name = output.substring(0, 1);
      if (output.endsWith("_steps")) {
        Tensor[] steps = path.get(name).toArray(Tensor[]::new);
        fixture.compare(output, torch.stack(new TensorVector(steps), 0));
      } else {
        String key = output.substring(2) + "." + name;
        assertThat(state).as(output).containsKey(key);
        fixture.compare(output, state.get(key));
      }
    }
  }

  private static Map<String, Tensor> parameters(Fixture fixture) {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    for (String name : List.of("a", "b", "c")) {
      Tensor leaf = fixture.in(name + "_init").clone().set_requires_grad(true);
      parameters.put(name, Scope.immortal(leaf));
    }
    return parameters;
  }

  private static AdanConfig config(JsonNode config) {
    return new AdanConfig(
        config.get("betas").get(0).asDouble(),
        config.get("betas").get(1).asDouble(),
        config.get("betas").get(2).asDouble(),
        config.get("eps").asDouble(),
        config.get("weight_decay").asDouble(),
        !config.path("no_prox").asBoolean(false));
  }
}
