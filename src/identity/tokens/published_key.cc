#include "identity/tokens/published_key.h"

#include "base/check.h"
#include "base/encode.h"

namespace quaymaster::identity {
namespace {

constexpr std::string_view kSigningKey =
    "MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCwVjE84wKH519uIlMcdZy3TJuC3ZT3O2n23b0L0roPKy6Z1bcf"
    "PxqJubOakaQ4/mGJqxK0QG3ZHHydL2z8qRJIhhMdP8LUX6HIeeHORlgDbUxykq2sm+uQyssEYkoPAqCwVZ0amIXT5eyi2+nAwy7A"
    "DfwwMgB/FsAVf+oMB2Grv3srhLMo49mEXfCfPhdxvWNndGyYE/2LxVFeobhXxV+T7uYqY7jri0mbhCpF3hcn8XP0gMmECXTsvFun"
    "aU/51X7wREJQTQ2/E6GoGrnhhLD2rI56OrsHqXGmhjfePjc8GRQG33UmcY/xs32lillF1mxt3dYXl/SCW5yukfzYXEH5AgMBAAEC"
    "ggEABsQr7ADu+C2L5yM4irNFoe/12KntfSYhvQgJqMI7gvj+dwcxGWkXuNiwGFqF0W0La5etpk6BmI7kBjkLZs+LBM7mPV1Uucb4"
    "o4Nvw3VGC82eHRhdQy4RdjMd4qtt2ZEZfuKuHlbjbbvZHm+vUsb6jIKM3oGQrM+/66NGpRMEb61fOOv9ywN3LmsmGnO8lUlgtNsB"
    "lhwiPmj9QakylHiio1UYVZFukS4Ee9H9qXIR7Itp+g7IJ5c6fXOVKoFObsmD3txQN+MTYB9GcqjRhzlmFhtAK2+qCEaKcJWNNU2Y"
    "U899vjbbdR4vD0GqKT7638neHgiuQ4OaY7bIlFLAM3C6oQKBgQDcLxTExR09XIKI5nMIssdnza5nf+C12yTqQZfi6d6uu+WomQGC"
    "9RmPPcI/Y7vYOD+1D4OcvmfmlVBFNFT40jc7+X+tGAjJnaRCYkvaJL88DVjdk3ASb+Ktv/UY37ewThA+jU8v5diZPT4ULVi8yDCo"
    "znpRWL4z/0HnYSoawFfZiQKBgQDNBTibWK3Gy8V3FVHWHh8v01HFWzZ55eUTMKO0U8sKiE2vAbe1YPF4NpE72IP8jStEOqb65zyd"
    "HApSp6lhjeGI8C7g/TFulhTxFN3LPvRnzeIUi0p4jLlHxN9F8oH71KDqrdpP5JT5ts16EmfOpovXIJE4u4E4yABBAtrjeV648QKB"
    "gCEQ6PuL5pI6fFf207uwrYWHO/PLHoHxASA07YxkNs7i5OBm6fUyvb3nNm6ymZklCVw1kjxN0+iq770U2NXtK+JT27qw61Dr3aki"
    "feWqsxVfo8LSy3fZWZ9iPnqXzkwpzQK30faNe/O3YMVC8hqXrccMCw6AV0ATy1/mFZ6i2A6RAoGAC9jQY5GlQQaHW5E80F2fOblB"
    "UWEq7bJOIWS/IO1ynyIvMvyra+y1J1gn3khtoAtcQ64L9hWkmAOFyS7tB7kWHj6axt96msRLY37sLhFuOA1akgtWe07OagpDSJxx"
    "zGaGAemX4uP3g9J/Xx1vKC7Rh9XW7mtPVUOhWCBdG6XoxlECgYBEM49XgEGi3IviDGNS1qk5SYuqseHl7irnA/smermV6iVUotIw"
    "Mhfm3Hw8xHkTyJgT93MsXe+dp86e8V0jeIbJrGPlrNTX4Lw+qXnM/A27dOM2vnKhuji3ZgHR3vrlj9O7Kg4NQn6etOE9nMgdP0yN"
    "EiLdGuAMZHZayEkC1MCKRA==";

}  // namespace

Buffer published_signing_key() {
  auto decoded = decode_base64(kSigningKey);
  check(decoded.has_value());
  return std::move(decoded).value();
}

}  // namespace quaymaster::identity
