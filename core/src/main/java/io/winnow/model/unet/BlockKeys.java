package io.winnow.model.unet;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.config.OrNull;
import io.winnow.diffusion.DiffusersJson;
import java.util.ArrayList;
import java.util.List;

/** Keys that mean the same in a {@code config.json} of either U-Net: sizes, and kinds of blocks. */
final class BlockKeys {
  private static final String SIZE = "sample_size";

  private BlockKeys() {}

  /** {@code sample_size}, one side or height and width; empty for null. */
  static List<Integer> sides(DiffusersJson json, int absent) {
    if (json.isNull(SIZE)) {
      return List.of();
    }
    if (!json.isList(SIZE)) {
      return List.of(json.integer(SIZE, absent));
    }
    List<Integer> sides = json.integers(SIZE, List.of(absent, absent));
    if (sides.size() != 2) {
      json.problem(SIZE + ": " + sides + "; expected one side or [height, width]");
    }
    return sides;
  }

  /** One side where both are the same, as the peer writes it. */
  static void putSides(ObjectNode json, @OrNull Integer height, @OrNull Integer width) {
    if (height == null || height.equals(width)) {
      json.put(SIZE, height);
    } else {
      json.putArray(SIZE).add(height).add(width);
    }
  }

  /** Which blocks of a list of names attend; another name than these two is a problem. */
  static List<Boolean> attending(
      DiffusersJson json, String key, String plain, String attending, List<Boolean> absent) {
    if (!json.has(key)) {
      return List.copyOf(absent);
    }
    List<Boolean> blocks = new ArrayList<>();
    for (String name : json.texts(key, List.of())) {
      if (!name.equals(plain) && !name.equals(attending)) {
        json.problem(
            key + ": " + name + " is not supported; expected " + plain + " or " + attending);
      }
      blocks.add(name.equals(attending));
    }
    return blocks;
  }

  /** The names of such blocks. */
  static void putAttending(
      ObjectNode json, String key, List<Boolean> blocks, String plain, String attending) {
    ArrayNode names = json.putArray(key);
    blocks.forEach(attends -> names.add(attends ? attending : plain));
  }
}
