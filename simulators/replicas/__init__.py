"""The mocked back end as several processes: replicas behind a load balancer, and the office where cases are kept."""
