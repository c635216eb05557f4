#include <otento/jsonrpc/params.hpp>

namespace otento::jsonrpc {

Params::Params(std::optional<Value> array) {
    if (array) {
        values_.reserve(array->size());
        for (const Value value : *array) {
            values_.push_back(value);
        }
    }
}

Result<void, Error> Params::at_most(size_t count) const {
    if (values_.size() > count) {
        return Err(Error{.code = INVALID_PARAMS,
                         .message = "too many arguments, want at most " + std::to_string(count)});
    }
    return {};
}

std::optional<Value> Params::at(size_t index) const {
    if (index >= values_.size() || values_[index].is_null()) {
        return std::nullopt;
    }
    return values_[index];
}

Error Params::missing(size_t index) {
    return {.code = INVALID_PARAMS,
            .message = "missing value for required argument " + std::to_string(index)};
}

Error Params::invalid(size_t index, const Cause& cause) {
    return {.code = INVALID_PARAMS,
            .message = "invalid argument " + std::to_string(index) + ": " + cause.text};
}

}  // namespace otento::jsonrpc
