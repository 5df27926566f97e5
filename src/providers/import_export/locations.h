#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "providers/import_export/models.h"

namespace quaymaster::import_export {

/// Where drives are delivered. Every known location name leads to this one place: a self-hosted server has one
/// intake, and clients hard-code names such as "westus".
struct Intake {
  std::string recipient_name = "Quaymaster intake";
  std::string street_address1 = "Ask the operator of this server";
  std::string street_address2;
  std::string city = "On site";
  std::string state_or_province;
  std::string postal_code = "00000";
  std::string country_or_region = "On site";
  std::string phone;
  std::string additional_information = "Attach the drive at the dock of the server.";
  std::vector<std::string> carriers = {"Blue Dart", "DHL", "FedEx", "TNT", "UPS"};
};

/// The locations as clients see them; built once. Source: import-export.md 3.8.
class Locations {
 public:
  explicit Locations(Intake intake);

  const std::vector<Location>& all() const { return all_; }
  /// "West US", "westus", "WESTUS". Null when unknown.
  const Location* find(std::string_view text) const;
  /// The shippingInformation of a job.
  ShippingInformation shipping_information() const;

 private:
  Intake intake_;
  std::vector<Location> all_;
};

}  // namespace quaymaster::import_export
