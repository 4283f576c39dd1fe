#include "seed_data.h"

namespace monolith {

const std::vector<Company>& shipped_companies() {
  static const std::vector<Company> kCompanies = {
      {1, "Northwind Bakery", "Oslo", 1987},   {2, "Blue Harbor Logistics", "Lisbon", 2003},
      {3, "Cedar & Sons", "Portland", 1954},   {4, "Helio Solar", "Seville", 2014},
      {5, "Kite Robotics", "Eindhoven", 2018}, {6, "Meridian Maps", "Wellington", 1996},
  };
  return kCompanies;
}

const std::vector<Project>& shipped_projects() {
  static const std::vector<Project> kProjects = {
      {1, 1, "Sourdough ordering", "done"},  {2, 1, "Second oven", "active"},
      {3, 2, "Dock scheduling", "active"},   {4, 2, "Container tracking", "planned"},
      {5, 3, "Timber catalogue", "done"},    {6, 4, "Rooftop survey", "active"},
      {7, 4, "Battery pilot", "planned"},    {8, 5, "Gripper mark II", "active"},
      {9, 5, "Warehouse fleet", "planned"},  {10, 6, "Tide charts", "active"},
      {11, 6, "Offline navigation", "done"}, {12, 6, "Trail reports", "planned"},
  };
  return kProjects;
}

}  // namespace monolith
