package io.winnow.train;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Variants of a configuration. */
final class TrainConfigs {
  private TrainConfigs() {}

  /**
   * The same configuration with some components changed, refused as the configuration refuses it.
   *
   * @param changes name, value, name, value, ...
   */
  static TrainConfig set(TrainConfig config, Object... changes) {
    Map<String, Object> values = new LinkedHashMap<>();
    try {
      RecordComponent[] components = TrainConfig.class.getRecordComponents();
      for (RecordComponent component : components) {
        values.put(component.getName(), component.getAccessor().invoke(config));
      }
      for (int i = 0; i < changes.length; i += 2) {
        if (!values.containsKey((String) changes[i])) {
          throw new IllegalArgumentException("TrainConfig has no " + changes[i]);
        }
        values.put((String) changes[i], changes[i + 1]);
      }
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      return TrainConfig.class.getDeclaredConstructor(types).newInstance(values.values().toArray());
    } catch (InvocationTargetException e) {
      throw (RuntimeException) e.getCause(); // of what the components refuse
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  static TrainConfig steps(TrainConfig config, long steps) {
    return set(config, "epochs", null, "steps", steps);
  }

  static TrainConfig microBatch(TrainConfig config, int microBatch) {
    return set(config, "microBatch", microBatch);
  }

  static TrainConfig checkpointEvery(TrainConfig config, int steps) {
    return set(config, "checkpoint", new TrainConfig.CheckpointRule(null, steps, null));
  }
}
